/** Reads the date of a header field (RFC 5322 §3.3, with the obsolete forms of §4.3). */

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

/** Hours from UTC of the obsolete zones that mean something; any other letters say nothing, which is read as UTC. */
const zones: ReadonlyMap<string, number> = new Map([
  ['edt', -4],
  ['est', -5],
  ['cdt', -5],
  ['cst', -6],
  ['mdt', -6],
  ['mst', -7],
  ['pdt', -7],
  ['pst', -8],
])

const form =
  /^(?:[a-z]{1,9} ?, ?)?(\d{1,2}) ([a-z]{3}) (\d{4}|\d{2,3}) (\d{1,2}) ?: ?(\d{2})(?: ?: ?(\d{2}))?(?: ([+-]\d{4}|[a-z]{1,5}))?$/i

/** Milliseconds since the epoch; undefined if it is no date that there is. Comments must be gone. */
export function mailDate(text: string): number | undefined {
  if (text.length > 200) return undefined
  const found = form.exec(text.replace(/\s+/g, ' ').trim())
  if (found === null) return undefined
  const [, day = '', name = '', yearText = '', hour = '', minute = '', second = '0', zone = '+0000'] = found
  const month = months.indexOf(name.toLowerCase())
  const year = fullYear(yearText)
  const offset = minutesOf(zone)
  if (month < 0 || offset === undefined || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60)
    return undefined
  const midnight = new Date(Date.UTC(year, month, Number(day)))
  if (midnight.getUTCMonth() !== month || Number(day) === 0) return undefined
  return midnight.getTime() + ((Number(hour) * 60 + Number(minute) - offset) * 60 + Number(second)) * 1000
}

/** RFC 5322 §4.3: two digits are 1950 to 2049, three are years since 1900. */
function fullYear(text: string): number {
  const year = Number(text)
  if (text.length === 4) return year
  return text.length === 2 && year < 50 ? year + 2000 : year + 1900
}

function minutesOf(zone: string): number | undefined {
  const found = /^([+-])(\d\d)(\d\d)$/.exec(zone)
  if (found === null) return (zones.get(zone.toLowerCase()) ?? 0) * 60
  const minutes = Number(found[2]) * 60 + Number(found[3])
  if (Number(found[3]) > 59) return undefined
  return found[1] === '-' ? -minutes : minutes
}
