/** A process that keeps messages in a quarantine, says each id as soon as it is kept, and stops in the middle of the last message to be killed there. */
import { writeSync } from 'node:fs'
import { systemClock } from '../../src/clock.ts'
import { Quarantine } from '../../src/deliver/quarantine.ts'
import { entryFor } from './quarantine-entry.ts'
import { messageOf } from './scripted-server.ts'

const [, , folder = ''] = process.argv
const quarantine = new Quarantine(folder, systemClock)

for (const path of ['a@x.example', 'b@x.example']) {
  const kept = await quarantine.keep(entryFor(path))
  if (kept.kind === 'kept') writeSync(1, `${kept.id}\n`)
}
const whole = messageOf(['Subject: half\r\n', '\r\nthe rest never comes\r\n'])
await quarantine.keep(entryFor('c@x.example', { message: { ...whole, pieces: () => half() } }))

async function* half(): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from('Subject: half\r\n'))
  writeSync(1, 'halfway\n')
  await new Promise(resolve => setTimeout(resolve, 60_000))
}
