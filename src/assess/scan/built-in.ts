/** Finds the test patterns EICAR and GTUBE, and nothing else: for trying out where no scanner is installed. */
import type { Message } from '../../transaction.ts'
import { down, scannedAs, type Scanned, type ScanContext, type SpamScanner, type VirusScanner } from './scanner.ts'
import { whole } from '../../whole.ts'

const name = 'built-in test patterns'

/** Written in two parts, or scanners would find them in this file. */
export const eicar = 'X5O!P%@AP[4\\PZX54(P^)7CC)7}$' + 'EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*'
export const gtube = 'XJS*C4JDBQADN1.NSBN3*2IDNEN*' + 'GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X'

/** As an attachment, EICAR comes in base64, whose first line holds 57 octets of it. */
const eicarForms = [eicar, Buffer.from(eicar.slice(0, 57)).toString('base64')]

export const builtInVirus: VirusScanner = {
  name,
  version: () => '1',
  async scan(context) {
    return map(await contains(context, eicarForms), found => ({ found: found ? ['EICAR-Test'] : [] }))
  },
}

/** SpamAssassin's score for GTUBE. */
export const builtInSpam: SpamScanner = {
  name,
  async scan(context) {
    return map(await contains(context, [gtube]), found => ({
      score: found ? 1000 : 0,
      symbols: found ? ['GTUBE'] : [],
    }))
  },
}

function map<T>(scanned: Scanned<boolean>, report: (found: boolean) => T): Scanned<T> {
  return scanned.state === 'known' ? scannedAs(report(scanned.value)) : scanned
}

async function contains({ message, signal }: ScanContext, patterns: readonly string[]): Promise<Scanned<boolean>> {
  try {
    return await search(message, signal, patterns)
  } catch {
    return down('the message can no longer be read')
  }
}

async function search(message: Message, signal: AbortSignal, patterns: readonly string[]): Promise<Scanned<boolean>> {
  const overlap = Math.max(...patterns.map(pattern => pattern.length)) - 1
  let tail = Buffer.alloc(0)
  for await (const piece of whole(message)) {
    if (signal.aborted) return down('cancelled')
    const seen = Buffer.concat([tail, piece])
    if (patterns.some(pattern => seen.includes(pattern, 0, 'latin1'))) return scannedAs(true)
    tail = Buffer.from(seen.subarray(Math.max(0, seen.length - overlap)))
  }
  return scannedAs(false)
}
