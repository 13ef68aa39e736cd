/** Errors of the package `yaml` in the words of whoever writes a policy file, with the likely mend. */

type Told = { readonly words: string; readonly mend: string | undefined }

/** What its messages begin with. */
const known: readonly (readonly [RegExp, string, string | undefined])[] = [
  [/^Missing closing/, 'a quote that was opened is not closed', 'close it, and write a quote inside of it twice'],
  [
    /^Nested mappings/,
    'a second colon with a blank stands here',
    'put a text with a colon and a blank in quotes, or indent the next line like this one',
  ],
  [/^Invalid escape/, 'this means nothing between double quotes', 'use single quotes'],
  [/^Plain value cannot start/, 'no text begins so', 'put it in quotes'],
  [
    /^(?:Block scalar header|Not a YAML token)/,
    'YAML takes a leading | or > for a block of text',
    'put the text in quotes',
  ],
  [/^Unexpected alias/, 'YAML takes a leading * for a reference', 'put the whole pattern in quotes'],
  [/^Unexpected .*scalar at node end/, 'more stands behind the closing quote or bracket', 'put all of it in quotes'],
  [/^Flow map in block collection/, 'a { that was opened is not closed', 'write } at its end, and indent all of it'],
  [
    /^Flow sequence in block collection/,
    'a [ that was opened is not closed',
    'write ] at its end, and indent all of it',
  ],
  [/^Flow map must/, 'a { that was opened is not closed', 'write } at its end'],
  [/^Flow sequence must/, 'a [ that was opened is not closed', 'write ] at its end'],
  [/^Missing , /, 'a comma is missing', 'put commas between, or a text with blanks in quotes'],
  [/^Unexpected , /, 'a comma too many', 'leave it out'],
  [/^Unexpected empty item/, 'nothing stands between two commas', 'leave one out'],
  [
    /^All .* items must start at the same column/,
    'this begins farther right or left than what is above',
    'indent alike',
  ],
  [/^Implicit map keys need to be followed/, 'this has no colon', 'write key: value'],
  [/^Implicit keys of flow/, 'this is no entry of a list', 'leave the dash out: inside [ ] commas are enough'],
  [/^Implicit keys/, 'this is no key', 'write key: value in one line, or put the text in quotes'],
  [
    /^(?:A block sequence may not be used|Unexpected block-seq-ind)/,
    'a dash has no place here',
    'write the list below its key, or in [ ]',
  ],
  [
    /^Block collections are not allowed/,
    'a comma is missing in front of this, or it is a list with dashes',
    'put commas between, and write lists as [a, b]',
  ],
  [/^Sequence item without/, 'a dash is missing', 'begin each entry with a dash'],
]

export function plainWords(message: string): Told {
  const found = known.find(([beginning]) => beginning.test(message))
  if (found !== undefined) return { words: found[1], mend: found[2] }
  return { words: message.split('\n', 1)[0]?.replace(/[.:]?\s*$/, '') ?? message, mend: undefined }
}
