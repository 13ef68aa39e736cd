/** Which survivors share a transaction. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { noEdits, type Edits } from '../../../src/decide/verdict.ts'
import { groupSurvivors } from '../../../src/deliver/groups.ts'
import { recipientOf } from '../../support/scripted-server.ts'

function survivor(slot: number, path: string, edits: Partial<Edits> = {}) {
  return { slot, recipient: recipientOf(path), verdict: { edits: { ...noEdits, ...edits } } }
}

const all = () => true

const spam = [{ name: 'X-Spam-Flag', text: 'YES' }]

function slots(groups: readonly { readonly members: readonly { readonly slot: number }[] }[]): number[][] {
  return groups.map(group => group.members.map(member => member.slot))
}

describe('groups', () => {
  it('hold all who get the same bytes, repeats included, in order', () => {
    const groups = groupSurvivors([survivor(0, 'a@x'), survivor(2, 'b@x'), survivor(5, 'a@x')], '+', ['x-own'], all)
    assert.deepEqual(slots(groups), [[0, 2, 5]])
    assert.deepEqual(
      groups[0]!.recipients.map(({ path }) => path),
      ['a@x', 'b@x', 'a@x'],
    )
    assert.deepEqual([...groups[0]!.omit], ['x-own'])
  })

  it('differ by headers, their order, and the fields left out; not by the folder', () => {
    const two = [...spam, { name: 'X-A', text: 'b' }]
    const groups = groupSurvivors(
      [
        survivor(0, 'a@x', { headers: spam, folder: 'Junk' }),
        survivor(1, 'b@x'),
        survivor(2, 'c@x', { headers: spam, folder: 'Spam' }),
        survivor(3, 'd@x', { omit: ['x-a', 'x-b'] }),
        survivor(4, 'e@x', { omit: ['x-b', 'x-a'] }),
        survivor(5, 'f@x', { headers: two }),
        survivor(6, 'g@x', { headers: [...two].reverse() }),
        survivor(7, 'h@x', { folder: 'Lists' }),
      ],
      '+',
      [],
      all,
    )
    assert.deepEqual(slots(groups), [[0, 2], [1, 7], [3, 4], [5], [6]])
    assert.deepEqual(groups[0]!.headers, spam)
  })

  it('are not told apart by fields that the message does not have', () => {
    const survivors = [
      survivor(0, 'a@x', { omit: ['x-a'] }),
      survivor(1, 'b@x', { omit: ['x-a', 'x-b'] }),
      survivor(2, 'c@x'),
    ]
    const groups = groupSurvivors(survivors, '+', ['x-own'], field => field === 'x-b')
    assert.deepEqual(slots(groups), [[0, 2], [1]])
    assert.deepEqual([...groups[0]!.omit], [])
  })

  it('re-address by detail, and back to the plain address if that is refused', () => {
    const [group] = groupSurvivors([survivor(0, 'a@x', { folder: 'Junk' })], '+', [], all)
    assert.equal(group!.recipients[0]!.path, 'a+Junk@x')
    assert.equal(group!.recipients[0]!.recipient.path, 'a@x')
    assert.equal(group!.recipients[0]!.fallback, 'plain')
  })

  it('are none for nobody', () => {
    assert.deepEqual(groupSurvivors([], '+', [], all), [])
  })
})
