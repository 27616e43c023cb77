#!/usr/bin/env node
import { parseArgs } from 'node:util'
import { SandboxError } from './errors.ts'
import { checkInstanceName, type InstanceName } from './layout.ts'
import type { AsteriskSandbox, SandboxInstance } from './running.ts'
import { attach, up } from './sandbox.ts'
import { setup } from './setup.ts'

const usage = `A real Asterisk with two gateways and twenty phones on loopback, without Docker and without root.

  up                     start it (the first time: download about 80 MB) and wait until it is ready
  down                   stop it
  status                 what runs, where, and which file holds the secrets
  cli NAME "COMMAND"     run a command of Asterisk's command line; NAME: central, gw-a, gw-b, phones
  phone EXT BEHAVIOUR    what phone 1001 to 1020 does from now on: answer[:S] slow:S auto reject busy dnd ring
                         xfer:NUMBER dtmf:KEYS
  restart NAME           stop and start one instance, its configuration written anew
  setup                  only download and unpack
  env                    addresses, ports and folders as shell lines

  --shift N              added to every port, for several sandboxes side by side (default 0)
  --run DIR              run folder, short (default: one of yours for each shift)
  --overlay DIR          *.conf files laid over central's configuration; may be repeated`

const progress = (text: string) => process.stderr.write(`${text}\n`)

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      shift: { type: 'string' },
      run: { type: 'string' },
      overlay: { type: 'string', multiple: true },
      help: { type: 'boolean', short: 'h' }
    }
  })
  const [verb, ...words] = positionals
  const place = { shift: values.shift === undefined ? undefined : Number(values.shift), runDir: values.run }
  if (values.help || !verb) return print(usage)
  switch (verb) {
    case 'up': {
      const overlays = values.overlay ? { central: values.overlay } : undefined
      return print(describe(await up({ ...place, overlays, onProgress: progress })))
    }
    case 'down':
      return down(place)
    case 'status':
      return print(describe(await attach(place)))
    case 'env':
      return print(environment(await attach(place)))
    case 'cli': {
      const name = checkInstanceName(word(words, 0, 'the name of an instance'))
      return print((await (await attach(place)).cli(name, word(words, 1, 'a command'))).trimEnd())
    }
    case 'phone':
      return (await attach(place)).phone(word(words, 0, 'an extension'), word(words, 1, 'a behaviour'))
    case 'restart':
      return restart(await attach(place), checkInstanceName(word(words, 0, 'the name of an instance')))
    case 'setup': {
      const root = await setup({ onProgress: progress })
      return print(`Asterisk ${root.version} in ${root.folder}`)
    }
    default:
      throw new SandboxError('SANDBOX_BAD_OPTION', `there is no "${verb}"; --help shows what there is`)
  }
}

async function restart(sandbox: AsteriskSandbox, name: InstanceName): Promise<void> {
  await sandbox.stopInstance(name)
  await sandbox.startInstance(name)
  if (!sandbox.central.pid) return
  if (name === 'gw-a') await sandbox.trunksReachable(['trunk-site-a'])
  else if (name === 'gw-b') await sandbox.trunksReachable(['trunk-site-b'])
  else await sandbox.phonesRegistered()
}

async function down(place: Parameters<typeof attach>[0]): Promise<void> {
  try {
    await (await attach(place)).down()
  } catch (error) {
    if (!(error instanceof SandboxError) || error.code !== 'SANDBOX_NOT_RUNNING') throw error
    progress(error.message)
  }
}

function word(words: readonly string[], index: number, what: string): string {
  const found = words[index]
  if (found) return found
  throw new SandboxError('SANDBOX_BAD_OPTION', `give ${what}; --help shows how`)
}

function all(sandbox: AsteriskSandbox): SandboxInstance[] {
  return [sandbox.central, sandbox.gatewayA, sandbox.gatewayB, sandbox.phones]
}

function describe(sandbox: AsteriskSandbox): string {
  const lines = all(sandbox).map(({ name, pid, address, amiPort, sipPort, dir }) => {
    const state = pid ? `pid ${pid}` : 'stopped'
    return `${name.padEnd(8)} ${state.padEnd(12)} AMI ${address}:${amiPort}  SIP ${address}:${sipPort}/udp  ${dir}`
  })
  lines.unshift(`Asterisk ${sandbox.version}, shift ${sandbox.shift}`)
  lines.push(`secrets of the AMI accounts (lab, evs) and the phones: ${sandbox.secretsFile}`)
  return lines.join('\n')
}

function environment(sandbox: AsteriskSandbox): string {
  const lines = all(sandbox).map(({ name, address, amiPort, sipPort, httpPort, dir }) => {
    const prefix = `EVS_${name.toUpperCase().replace('-', '_')}`
    const values = { ADDRESS: address, AMI_PORT: amiPort, SIP_PORT: sipPort, HTTP_PORT: httpPort, DIR: dir }
    return Object.entries(values)
      .map(([key, value]) => `${prefix}_${key}='${value}'`)
      .join(' ')
  })
  lines.push(`EVS_SECRETS_FILE='${sandbox.secretsFile}'`)
  return lines.join('\n')
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

main().catch((error: unknown) => {
  const known = error instanceof SandboxError || (error instanceof TypeError && 'code' in error)
  process.stderr.write(`${known ? error.message : error instanceof Error ? error.stack : String(error)}\n`)
  process.exitCode = 1
})
