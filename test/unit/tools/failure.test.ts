import assert from 'node:assert/strict'
import { readFile, readdir } from 'node:fs/promises'
import { describe, it } from 'node:test'
import { failureOf } from '../../../src/tools/failure.ts'

describe('why something on the command line cannot be used', () => {
  it('is said in words that name it', async () => {
    const failures: readonly (readonly [string, string])[] = [
      ['/nowhere/message.eml', '/nowhere/message.eml: there is no such file or folder'],
      [`${import.meta.filename}/message.eml`, `${import.meta.filename}/message.eml: there is no such file or folder`],
      [import.meta.dirname, `${import.meta.dirname}: this is a folder`],
    ]
    for (const [path, words] of failures)
      assert.equal(
        await readFile(path).then(
          () => 'nothing was wrong',
          (error: unknown) => failureOf(path, error),
        ),
        words,
      )
    const file = import.meta.filename
    const failure: unknown = await readdir(file).catch((error: unknown) => error)
    assert.equal(failureOf(file, failure), `${file}: this is no folder`)
    assert.equal(
      failureOf('a.eml', Object.assign(new Error('denied'), { code: 'EACCES' })),
      'a.eml: it may not be read',
    )
  })

  it('is the error itself where there are no words for it, with the name once', () => {
    assert.equal(failureOf('a.eml', new Error('of no use')), 'a.eml: of no use')
    assert.equal(failureOf('a.eml', new Error('a.eml is of no use')), 'a.eml is of no use')
    assert.equal(failureOf('a.eml', 'odd'), 'a.eml: odd')
  })
})
