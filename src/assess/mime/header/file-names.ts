/** A name as patterns are held against it, and the other names that a reader may make of it. */

/** The name itself first. Printable but for what it is made of, in NFC; empty ones left out. `max` in characters, the end of a longer name is kept. */
export function fileNames(text: string, max: number): string[] {
  const name = cleaned(text, max)
  // Of such a name all readings are one.
  if (/^[\w\-. ]*\w$/.test(text)) return [name]
  const cut = cleaned(text.replace(/[\0\r\n].*$/s, ''), max)
  const names = [name, cut, cleaned(text.replace(/\p{Cc}/gu, ''), max)]
  for (const whole of [name, cut]) {
    const component = whole.replace(/[/\\]+$/, '').replace(/^.*[/\\]/s, '')
    names.push(component, trimmed(component))
  }
  return [...new Set(names)].filter(one => one !== '')
}

/** What follows the last dot, in lower case; '' without one. */
export function endingOf(text: string): string {
  const name = trimmed(text)
  const dot = name.lastIndexOf('.')
  return dot < 0 ? '' : name.slice(dot + 1).toLowerCase()
}

/** Windows drops dots and blanks at the end of a name. */
function trimmed(name: string): string {
  let end = name.length
  while (end > 0 && /[.\s]/.test(name.charAt(end - 1))) end -= 1
  return name.slice(0, end)
}

/** Control characters, line separators, what turns the direction of text and halves of characters become U+FFFD. */
function cleaned(text: string, max: number): string {
  if (/^[\x20-\x7e]*$/.test(text)) return text.slice(-max).trim()
  return text
    .slice(-max)
    .replace(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu, '\ufffd')
    .normalize('NFC')
    .trim()
}
