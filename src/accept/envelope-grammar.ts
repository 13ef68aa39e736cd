/** The arguments of MAIL and RCPT (RFC 5321 §4.1.2), read without changing them: what the next hop makes of an address is its affair. */
import { isUtf8 } from 'node:buffer'
import { said } from '../settle/sentences.ts'
import type { Offers } from './receiver.ts'
import type { Reply } from '../reply.ts'
import type { Recipient, Sender } from '../transaction.ts'

type Refusal = { readonly refuse: Reply }

/** `argument` is latin1, one char per octet: what followed `MAIL`. */
export function parseMail(argument: string, offers: Offers): Sender | Refusal {
  const command = parsePath(argument, from)
  if (command === undefined) return { refuse: said.senderSyntax }
  const parameters = parseParameters(command.rest)
  if (parameters === undefined) return { refuse: said.parameterSyntax }
  let size: number | undefined
  let body: Sender['body']
  let smtputf8 = false
  for (const { keyword, value } of parameters) {
    const fault = mailParameterFault(keyword, value, offers)
    if (fault !== undefined) return { refuse: fault }
    if (keyword === 'SIZE') size = Number(value)
    if (keyword === 'BODY') body = value?.toUpperCase() === '8BITMIME' ? '8BITMIME' : '7BIT'
    if (keyword === 'SMTPUTF8') smtputf8 = true
  }
  const fault = octetFault(command.path, smtputf8, said.senderSyntax)
  if (fault !== undefined) return { refuse: fault }
  return { path: command.path, params: parameters.map(p => p.text), size, body, smtputf8 }
}

/** As `parseMail`, for what followed `RCPT`. The null path is no recipient. */
export function parseRcpt(argument: string, offers: Offers, smtputf8: boolean): Recipient | Refusal {
  const command = parsePath(argument, to)
  if (command === undefined || command.path === '') return { refuse: said.recipientSyntax }
  const parameters = parseParameters(command.rest)
  if (parameters === undefined) return { refuse: said.parameterSyntax }
  for (const { keyword, value } of parameters) {
    if (!(offers.dsn && (keyword === 'NOTIFY' || keyword === 'ORCPT'))) return { refuse: said.unknownParameter }
    if (value === undefined) return { refuse: said.parameterSyntax }
  }
  const fault = octetFault(command.path, smtputf8, said.recipientSyntax)
  return fault === undefined ? { path: command.path, params: parameters.map(p => p.text) } : { refuse: fault }
}

/** Quoted strings may hold anything printable, `>` and `@` too; what is not quoted may not hold blanks, quotes or angle brackets. */
const path = /<((?:[^\0-\x20\x7f<>"]|"(?:[^\0-\x1f\x7f"\\]|\\[^\0-\x1f\x7f])*")*)>/.source
const from = new RegExp(`^ *FROM: *${path}`, 'i')
const to = new RegExp(`^ *TO: *${path}`, 'i')

function parsePath(argument: string, command: RegExp): { path: string; rest: string } | undefined {
  const found = command.exec(argument)
  if (found?.[1] === undefined) return undefined
  return { path: found[1], rest: argument.slice(found[0].length) }
}

type Parameter = { readonly text: string; readonly keyword: string; readonly value: string | undefined }

const parameter = /^([A-Za-z0-9][A-Za-z0-9-]*)(?:=([^\0-\x20=\x7f]+))?$/

const none: readonly Parameter[] = []

/** undefined: broken, or one given twice (RFC 3461 §4). */
function parseParameters(rest: string): readonly Parameter[] | undefined {
  if (rest === '') return none
  if (!rest.startsWith(' ')) return undefined
  const found: Parameter[] = []
  const seen = new Set<string>()
  for (const text of rest.split(' ')) {
    if (text === '') continue
    const match = parameter.exec(text)
    const keyword = match?.[1]?.toUpperCase()
    if (keyword === undefined || seen.has(keyword)) return undefined
    seen.add(keyword)
    found.push({ text, keyword, value: match?.[2] })
  }
  return found
}

function mailParameterFault(keyword: string, value: string | undefined, offers: Offers): Reply | undefined {
  switch (keyword) {
    case 'SIZE':
      return value !== undefined && /^\d{1,20}$/.test(value) ? undefined : said.parameterSyntax
    case 'BODY':
      if (!offers.eightBitMime) return said.unknownParameter
      // BINARYMIME is not offered (RFC 3030 §3).
      return value !== undefined && /^(?:7BIT|8BITMIME)$/i.test(value) ? undefined : said.unknownParameter
    case 'SMTPUTF8':
      if (!offers.smtputf8) return said.unknownParameter
      return value === undefined ? undefined : said.parameterSyntax
    case 'RET':
    case 'ENVID':
      if (!offers.dsn) return said.unknownParameter
      return value !== undefined ? undefined : said.parameterSyntax
    default:
      return said.unknownParameter
  }
}

/** Octets above 127 are UTF-8, and only under SMTPUTF8 (RFC 6531 §3.3). */
function octetFault(text: string, smtputf8: boolean, syntax: Reply): Reply | undefined {
  if (!/[\x80-\xff]/.test(text)) return undefined
  if (!smtputf8) return said.needsSmtputf8
  return isUtf8(Buffer.from(text, 'latin1')) ? undefined : syntax
}
