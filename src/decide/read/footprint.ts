/** How much memory a policy file takes while it is kept, with the policy made of it: an estimate, so that many can be kept within bounds. */
import type { Source } from '../problem.ts'
import type { Findings, Tree } from './tree.ts'

/** Octets, as measured: of files with few words most goes into the policy, of long lists most into their entries. */
const octets = { file: 2000, character: 2, text: 250, entry: 200, problem: 500 }

/** In octets. `findings`: of all of it. */
export function footprintOf(source: Source, tree: Tree | undefined, findings: Findings): number {
  const texts = tree === undefined ? 0 : textsIn(tree)
  const words = octets.character * source.text.length + octets.text * texts + octets.entry * findings.entries
  const problems = findings.broken ? octets.problem * findings.problems.length : 0
  return octets.file + words + problems + findings.memory
}

function textsIn(tree: Tree): number {
  switch (tree.kind) {
    case 'text':
      return 1
    case 'list':
      return tree.items.reduce((sum, item) => sum + textsIn(item), 0)
    case 'table':
      return tree.pairs.reduce((sum, { value }) => sum + textsIn(value), 0)
  }
}
