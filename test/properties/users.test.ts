/** Limits for persons' files, and the files themselves, changed in any order: whose file counts in which version is what a small model says. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { LiveTree } from '../support/live-tree.ts'

const persons = ['ann', 'ben', 'cid'] as const
type Person = (typeof persons)[number]

/** What may stand in a person's file beside its version; all of it is right by itself. */
const extras = { virus: 'virus: off', at_worst: 'at_worst: junk', nothing: '' } as const
type Extra = keyof typeof extras

/** Undefined: no limit. */
type Limits = { readonly keys: readonly string[] | undefined; readonly actions: readonly string[] | undefined }

type Step =
  | { readonly kind: 'limit'; readonly file: 'default.yaml' | 'example.org/_domain.yaml'; readonly limits: Limits }
  | { readonly kind: 'write'; readonly person: Person; readonly extra: Extra }
  | { readonly kind: 'ask'; readonly person: Person }
  | { readonly kind: 'settle' }

const limits = fc.record({
  keys: fc.option(fc.subarray(['rules', 'virus', 'at_worst']), { nil: undefined }),
  actions: fc.option(fc.subarray(['junk', 'discard']), { nil: undefined }),
})

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('limit' as const),
    file: fc.constantFrom('default.yaml' as const, 'example.org/_domain.yaml' as const),
    limits,
  }),
  fc.record({
    kind: fc.constant('write' as const),
    person: fc.constantFrom(...persons),
    extra: fc.constantFrom<Extra>('virus', 'at_worst', 'nothing'),
  }),
  fc.record({ kind: fc.constant('ask' as const), person: fc.constantFrom(...persons) }),
  fc.constant({ kind: 'settle' as const }),
)

function allows({ keys, actions }: Limits, extra: Extra): boolean {
  const mayKeys = keys === undefined || (keys.includes('rules') && (extra === 'nothing' || keys.includes(extra)))
  return mayKeys && (actions === undefined || extra !== 'at_worst' || actions.includes('junk'))
}

function limitsText({ keys, actions }: Limits): string {
  const parts = [
    ...(keys === undefined ? [] : [`keys: [${keys.join(', ')}]`]),
    ...(actions === undefined ? [] : [`actions: [${actions.join(', ')}]`]),
  ]
  return `users: { ${parts.join(', ')} }\n`
}

type Written = { readonly version: number; readonly extra: Extra }

class Model {
  readonly #limits = new Map<string, Limits>()
  readonly #files = new Map<Person, Written>()
  /** Which version; nobody's: the mail waits. */
  readonly #counts = new Map<Person, number>()
  readonly #known = new Set<Person>()
  readonly #written = new Set<Person>()

  limit(file: string, text: Limits): void {
    this.#limits.set(file, text)
  }

  write(person: Person, written: Written): void {
    this.#files.set(person, written)
    this.#written.add(person)
  }

  /** A file that is right counts; one that is wrong leaves what counted before. What was written over nobody has, if nobody had read it. */
  settle(): void {
    for (const [person, { version, extra }] of this.#files) {
      const isGood = [...this.#limits.values()].every(one => allows(one, extra))
      const isLost = this.#written.has(person) && !this.#known.has(person)
      if (isGood) this.#counts.set(person, version)
      else if (isLost) this.#counts.delete(person)
    }
    this.#written.clear()
  }

  ask(person: Person): string {
    this.#known.add(person)
    const version = this.#counts.get(person)
    return version === undefined ? 'broken' : `v${version}`
  }
}

describe("persons' files and their limits", () => {
  it('count as a model of them says, however they change', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async steps => {
        let version = 0
        const model = new Model()
        const text = (written: Written) => `rules: [{ folder: v${written.version} }]\n${extras[written.extra]}\n`
        const first = { version: 0, extra: 'nothing' } as const
        for (const person of persons) model.write(person, first)
        const tree = new LiveTree({
          'default.yaml': '',
          'example.org/_domain.yaml': '',
          ...Object.fromEntries(persons.map(person => [`example.org/${person}.yaml`, text(first)])),
        })
        // Nothing that was not settled counts, so the model learns of it only then.
        let unsettled: (() => void)[] = []
        const settle = async () => {
          await tree.settle()
          for (const change of unsettled) change()
          unsettled = []
          model.settle()
        }
        await settle()
        for (const one of [...steps, { kind: 'settle' } as const]) {
          if (one.kind === 'settle') await settle()
          else if (one.kind === 'ask') {
            if (unsettled.length === 0) assert.equal(tree.filesFor(`${one.person}@example.org`), model.ask(one.person))
          } else if (one.kind === 'limit') {
            tree.write(one.file, `${limitsText(one.limits)}# ${unsettled.length}\n`)
            unsettled.push(() => model.limit(one.file, one.limits))
          } else {
            version += 1
            const written = { version, extra: one.extra }
            tree.write(`example.org/${one.person}.yaml`, text(written))
            unsettled.push(() => model.write(one.person, written))
          }
        }
        for (const person of persons) assert.equal(tree.filesFor(`${person}@example.org`), model.ask(person))
        tree.watch.close()
      }),
      { numRuns: 150 },
    )
  })
})
