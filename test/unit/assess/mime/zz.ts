import { samples, structureOf, plain } from './corpus.ts'
import assert from 'node:assert'
import fc from 'fast-check'
const mutant = fc.tuple(fc.constantFrom(...samples.filter(s=>/zip|docu/.test(s.name))), fc.array(fc.tuple(fc.nat(), fc.constantFrom('flip', 'cut', 'twice'), fc.nat(255)), { minLength: 1, maxLength: 3 })).map(([{ message }, changes]) => {
    let bytes = Buffer.from(message)
    for (const [place, change, value] of changes) {
      const at = place % Math.max(1, bytes.length)
      if (bytes.length === 0) break
      if (change === 'flip') bytes.writeUInt8(value, at)
      else if (change === 'cut') bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + (value % 40))])
      else bytes = Buffer.concat([bytes.subarray(0, at + (value % 40)), bytes.subarray(at)])
    }
    return bytes
  })
let n = 0
for (const bytes of fc.sample(mutant, 3000)) {
  const a = JSON.stringify(plain(await structureOf(bytes))), b = JSON.stringify(plain(await structureOf(bytes, 1)))
  const c = JSON.stringify(plain(await structureOf(bytes)))
  if (a !== b || a !== c) { console.log(bytes.toString('latin1'), '\n', a, '\n', b, '\n', c); if (++n > 2) break }
}
