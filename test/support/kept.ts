/** What lies in a quarantine folder, in words. */
import { Shelf } from '../../src/deliver/quarantine/shelf.ts'
import { reasonText } from '../../src/deliver/quarantine/entry.ts'

/** A line for each entry, sorted: `alice@example.org virus: Eicar-Test`. */
export async function keptIn(folder: string): Promise<string[]> {
  const shelf = new Shelf(folder)
  const lines: string[] = []
  for await (const found of shelf.found()) {
    const entry = await shelf.read(found)
    lines.push('kind' in entry ? `${found.name} ${entry.kind}` : `${entry.recipient.path} ${reasonText(entry.reason)}`)
  }
  return lines.sort()
}
