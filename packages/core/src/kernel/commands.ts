import { CommandTakenError } from './errors.ts'
import type { Command, CommandIo, Plugin } from './plugin.ts'
import { orderPlugins } from './plugin-order.ts'

/**
 * Runs the command of the `evs` program that `argv` names and returns its exit code. `help` (or nothing) lists all;
 * `help NAME` shows one. An unknown name is a sentence and code 2; a failing command is its error's sentence and
 * code 1. Throws CORE_COMMAND_TAKEN when two plugins add the same command.
 */
export async function runCommand(
  plugins: readonly Plugin[],
  argv: readonly string[],
  io: CommandIo
): Promise<number> {
  const commands = commandsOf(plugins)
  const [name = 'help', ...args] = argv
  if (name === 'help' || name === '--help' || name === '-h') return help(commands, args[0], io)
  const command = commands.get(name)
  if (!command) return unknown(name, io)
  if (args.includes('--help')) return help(commands, name, io)
  try {
    return await command.run(args, io)
  } catch (error) {
    io.err(`evs ${name}: ${error instanceof Error ? error.message : String(error)}`)
    return 1
  }
}

function commandsOf(plugins: readonly Plugin[]): Map<string, Command> {
  const commands = new Map<string, Command>()
  const owners = new Map<string, string>()
  for (const { manifest } of orderPlugins(plugins)) {
    for (const [name, command] of Object.entries(manifest.commands ?? {})) {
      const owner = owners.get(name)
      if (owner !== undefined) throw new CommandTakenError(name, owner, manifest.name)
      owners.set(name, manifest.name)
      commands.set(name, command)
    }
  }
  return commands
}

function help(commands: ReadonlyMap<string, Command>, name: string | undefined, io: CommandIo): number {
  if (name !== undefined) {
    const command = commands.get(name)
    if (!command) return unknown(name, io)
    io.out(`${command.summary}\n\nUsage: evs ${command.usage}`)
    return 0
  }
  io.out('Usage: evs COMMAND [arguments]\n')
  const width = Math.max(4, ...[...commands.keys()].map(key => key.length))
  for (const [key, { summary }] of commands) io.out(`  ${key.padEnd(width)}  ${summary}`)
  io.out(`  ${'help'.padEnd(width)}  Explain a command: evs help COMMAND`)
  return 0
}

function unknown(name: string, io: CommandIo): number {
  io.err(`evs: there is no command '${name}'. 'evs help' lists those of the installed plugins.`)
  return 2
}
