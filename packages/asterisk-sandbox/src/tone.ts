/** One second of a quiet 220 Hz tone as a WAV file (8 kHz, 16 bit): the music that a held party hears. */
export function holdTone(): Buffer {
  const rate = 8000
  const file = Buffer.alloc(44 + 2 * rate)
  file.write('RIFF', 0)
  file.writeUInt32LE(36 + 2 * rate, 4)
  file.write('WAVEfmt ', 8)
  file.writeUInt32LE(16, 16) // bytes of the format block
  file.writeUInt16LE(1, 20) // PCM
  file.writeUInt16LE(1, 22) // channels
  file.writeUInt32LE(rate, 24)
  file.writeUInt32LE(2 * rate, 28) // bytes a second
  file.writeUInt16LE(2, 32) // bytes a frame
  file.writeUInt16LE(16, 34) // bits a sample
  file.write('data', 36)
  file.writeUInt32LE(2 * rate, 40)
  for (let i = 0; i < rate; i++) {
    file.writeInt16LE(Math.round(2000 * Math.sin((2 * Math.PI * 220 * i) / rate)), 44 + 2 * i)
  }
  return file
}
