/** Policy files for the usual gate. */

import { localPart } from './clients/load.ts'

const numbers = Array.from({ length: 10 }, (_, i) => i + 1)

/** A file for each of ten recipients, with wishes that are decided at RCPT; and all ten have the same fate. */
function wishes(number: number): string {
  return `
size: { max: 100MB }
rules:
  - { when: { detail: [shop, contest] }, then: reject, text: "5.1.1 This address is no longer used" }
  - { when: { sender: [offers${number}.test, "news@*", "*.top"] }, unless: { client: 192.0.2.0/24 }, then: junk }
  - { when: { sender: lists.test }, folder: Lists }
`
}

/** Ten recipients of another domain, of whom each gets other octets. */
function fate(number: number): string {
  return `rules:\n  - { headers: { X-Fate: "${number}" } }\n`
}

export const sameFate = 'example.test'
export const tenFates = 'fates.test'

export const usualPolicies: Readonly<Record<string, string>> = Object.fromEntries([
  ['default', 'size: { max: 100MB }\n'],
  ...numbers.map(number => [`${sameFate}/${localPart(number)}`, wishes(number)]),
  ...numbers.map(number => [`${tenFates}/${localPart(number)}`, fate(number)]),
]) as Record<string, string>
