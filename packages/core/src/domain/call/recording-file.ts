/** Where a call is recorded to, below the PBX's folder of recordings: a folder a day, named after the call. */
export const recordingFileOf = (callId: string, at: Date): string =>
  `${at.toISOString().slice(0, 10).replaceAll('-', '/')}/${callId}`
