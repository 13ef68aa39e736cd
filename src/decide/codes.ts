/** The kinds of what can be wrong in a file. Editors and scripts go by these names, so they stay; rules/README.md says what each means. */

export const codes = [
  // The file
  'unreadable',
  'unwritable',
  'link',
  'name',
  'limit',
  'depth',
  // YAML
  'yaml',
  'tab',
  'document',
  'quotes',
  'comma',
  'comment',
  'repeated-key',
  // Keys and values
  'unknown-key',
  'not-yet',
  'misplaced',
  'not-allowed',
  'missing-key',
  'no-value',
  'wrong-type',
  'wrong-value',
  'empty',
  'header',
  'folder',
  'text',
  // What they come to
  'no-effect',
  'repeated-name',
  'claimed-twice',
  'contradiction',
  'never',
  'pattern',
  'expired',
  'forgeable',
  'guarded',
  'null-sender',
  'defer',
  'not-configured',
] as const

export type Code = (typeof codes)[number]
