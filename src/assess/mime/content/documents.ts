/** Documents that are zip archives by their making: Office Open XML, OpenDocument, programs of Java and Android. */
import { unpackHead } from './unpack.ts'
import type { LocalFile, ZipFile } from './zip-directory.ts'

const office: readonly (readonly [folder: string, plain: string, withMacros: string])[] = [
  ['word/', 'vnd.openxmlformats-officedocument.wordprocessingml.document', 'vnd.ms-word.document.macroenabled.12'],
  ['xl/', 'vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'vnd.ms-excel.sheet.macroenabled.12'],
  [
    'ppt/',
    'vnd.openxmlformats-officedocument.presentationml.presentation',
    'vnd.ms-powerpoint.presentation.macroenabled.12',
  ],
]

/** Parts of every document. What is embedded in one, and its macros, are not. */
const usualPart =
  /(?:^|\/)(?:mimetype|layout-cache|printersettings\d*\.bin|[^/]*\.(?:xml|rels|rdf|vml|png|jpe?g|gif|bmp|tiff?|emf|wmf|svg|wdp|odttf|fntdata|psmdcp))$/i

/** In lower case; none for an ordinary archive. */
export function documentTypes(content: Buffer, files: readonly (ZipFile & { readonly local: LocalFile })[]): string[] {
  const names = files.map(file => file.raw.toString('latin1'))
  const types: string[] = []
  if (names.includes('[Content_Types].xml')) {
    const macros = names.some(name => /vbaproject\.bin$/i.test(name))
    for (const [folder, plain, withMacros] of office) {
      if (names.some(name => name.startsWith(folder))) types.push(`application/${macros ? withMacros : plain}`)
    }
  }
  const [first] = files
  if (first !== undefined && names[0] === 'mimetype') {
    const head = unpackHead(content.subarray(first.local.data, first.local.data + first.packed), first.method)
    const type = head.toString('latin1').trim().toLowerCase()
    if (/^application\/[a-z0-9.+-]{1,100}$/.test(type)) types.push(type)
  }
  if (names.includes('META-INF/MANIFEST.MF')) types.push('application/java-archive')
  if (names.includes('AndroidManifest.xml')) types.push('application/vnd.android.package-archive')
  return types
}

/** Names in a document that say nothing: whoever allows the document has allowed them. In any other archive all names count. */
export function leftOutOf(types: readonly string[]): (name: string) => boolean {
  const isDocument = types.some(type => /officedocument|macroenabled|opendocument/.test(type))
  return isDocument ? name => usualPart.test(name) : () => false
}
