/** What is used here of libmime, which brings no types. */
declare module 'libmime' {
  type Libmime = {
    decodeHeader(line: string): { readonly value: string }
    parseHeaderValue(text: string): { readonly params: Readonly<Record<string, string>> }
    decodeWords(text: string): string
  }
  const libmime: Libmime
  export = libmime
}
