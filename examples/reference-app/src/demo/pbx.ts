import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AsteriskSandbox, asteriskSandbox } from '@evscallpro/asterisk-sandbox'
import { startPbxSimulator } from '@evscallpro/pbx-simulator'
import { kitTemplates } from '@evscallpro/plugin-ami'

/** The PBX of a shift: where it is, what its phones do, and what it wrote into its own CDR. */
export interface ShiftPbx {
  readonly kind: 'simulator' | 'asterisk'
  /** Settings that point the server at it. */
  readonly env: Readonly<Record<string, string>>
  /** How the phone of an extension takes its next calls. */
  phone(extension: string, behaviour: string): Promise<void>
  /** The linkedids that the PBX's own CDR holds. */
  linkedids(): Promise<string[]>
  down(): Promise<void>
}

const downTrunk = 'trunk-site-down'

/** A simulator of the shift's own, on real time. */
export async function simulatorPbx(): Promise<ShiftPbx> {
  const secret = randomBytes(18).toString('base64url')
  const simulator = await startPbxSimulator({
    accounts: [{ username: 'evs', secret }],
    trunks: ['trunk-site-a', 'trunk-site-b', { name: downTrunk, state: 'down' }]
  })
  return {
    kind: 'simulator',
    env: amiSettings('simulator', simulator.host, simulator.port, secret),
    phone: async (extension, behaviour) => void simulator.phone(extension, behaviour),
    linkedids: async () => simulator.cdr().map(row => row.linkedId),
    down: () => simulator.close()
  }
}

/** A real Asterisk with our dialplan, on ports of its own so that another sandbox may run beside it. */
export async function asteriskPbx(onProgress: (step: string) => void, shift = 900): Promise<ShiftPbx> {
  const available = await asteriskSandbox.available()
  if (!available.ok) throw new Error(`No real Asterisk here: ${available.reason}`)
  const folder = await mkdtemp(join(tmpdir(), 'evs-'))
  const sandbox: AsteriskSandbox = await asteriskSandbox.up({
    shift,
    runDir: folder,
    overlays: { central: [kitTemplates] },
    onProgress
  })
  const { address, amiPort, accounts } = sandbox.central
  return {
    kind: 'asterisk',
    env: amiSettings('asterisk', address, amiPort, accounts.evs.secret),
    phone: (extension, behaviour) => sandbox.phone(extension, behaviour),
    linkedids: async () => (await sandbox.cdr()).map(row => row.linkedid),
    async down() {
      await sandbox.down()
      await rm(folder, { recursive: true, force: true })
    }
  }
}

const amiSettings = (name: string, host: string, port: number, secret: string): Record<string, string> => ({
  EVS_PBX: 'asterisk',
  EVS_PBX_NAME: name,
  EVS_AMI_HOST: host,
  EVS_AMI_PORT: String(port),
  EVS_AMI_USERNAME: 'evs',
  EVS_AMI_SECRET: secret
})
