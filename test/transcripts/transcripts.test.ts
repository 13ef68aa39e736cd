/** Plays every transcript of this folder. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, it } from 'node:test'
import { cleanUp } from '../support/cleanup.ts'
import { dovecotOffers } from '../support/next-hop.ts'
import { play } from '../support/play.ts'
import { readTranscript } from '../support/transcript.ts'

const folder = import.meta.dirname

afterEach(cleanUp)

describe('transcripts', () => {
  for (const file of readdirSync(folder)
    .filter(name => name.endsWith('.txt'))
    .sort())
    it(file.slice(0, -'.txt'.length), async () => {
      await play(readTranscript(readFileSync(join(folder, file), 'utf8'), dovecotOffers), file)
    })
})
