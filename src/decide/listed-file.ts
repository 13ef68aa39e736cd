/** Listed policy files, read. */
import type { Listing } from './persons.ts'
import type { Problem } from './problem.ts'
import { readPolicyFile, type Kind, type PolicyFile } from './read/policy-file.ts'
import { readSource } from './source-file.ts'

/** The file, which may have errors in its findings, or why there is none. */
export function readListed(
  root: string,
  path: string,
  kind: Kind,
  delimiters: string,
): PolicyFile | { readonly problem: Problem } {
  const read = readSource(root, path)
  return 'problem' in read ? read : readPolicyFile(read.source, kind, delimiters)
}

/** As `readListed`, for a person's file. */
export function readPerson(
  root: string,
  { path, wrong }: Listing,
  delimiters: string,
): PolicyFile | { readonly problem: Problem } {
  return wrong === undefined ? readListed(root, path, 'person', delimiters) : { problem: wrong }
}
