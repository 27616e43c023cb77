import { type Channel, variable } from '../channel.ts'
import type { Pbx } from '../pbx.ts'

/** The recording's name as the kit lets it through, '' for no recording. No file is written: there is no sound here. */
export function recordingFile(channel: Channel): string {
  return variable(channel, 'EVS_RECORD').replace(/[^A-Za-z0-9_/-]/g, '')
}

export function startRecording(pbx: Pbx, channel: Channel): void {
  if (channel.recording) return
  channel.recording = true
  pbx.channelEvent('MixMonitorStart', channel)
}

export function stopRecording(pbx: Pbx, channel: Channel): void {
  if (!channel.recording) return
  channel.recording = false
  pbx.channelEvent('MixMonitorStop', channel)
}
