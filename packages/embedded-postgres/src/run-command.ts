import { spawn } from 'node:child_process'

/** The system user a command runs as; undefined means our own. */
export interface SystemUser {
  uid: number
  gid: number
}

export interface CommandResult {
  /** Exit status; null when it could not be started or was ended by a signal. */
  status: number | null
  /** What it wrote on both streams, or why it could not be started. */
  output: string
}

/** Runs a program of PostgreSQL to its end. Never throws: the caller knows what a failure means. */
export function runCommand(
  file: string,
  args: string[],
  options: { user: SystemUser | undefined; cwd: string }
): Promise<CommandResult> {
  return new Promise(resolve => {
    const child = spawn(file, args, {
      cwd: options.cwd,
      ...(options.user ?? {}),
      env: serverEnvironment(process.env),
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true
    })
    let output = ''
    const collect = (chunk: string) => {
      output += chunk
    }
    child.stdout.setEncoding('utf8').on('data', collect)
    child.stderr.setEncoding('utf8').on('data', collect)
    child.on('error', error => resolve({ status: null, output: error.message }))
    child.on('close', status => resolve({ status, output: output.trim() }))
  })
}

/** PGDATA, PGPORT and their like would steer our server to somebody else's; messages are parsed, so English. */
function serverEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const ours = Object.entries(env).filter(([name]) => !/^(PG|LC_|LANG|NODE_|LD_)/.test(name))
  return { ...Object.fromEntries(ours), LC_ALL: 'C' }
}
