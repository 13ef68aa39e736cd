/** Mail enough to have something under way at any moment. */
import { setTimeout as pause } from 'node:timers/promises'
import { MailClient } from './mail-client.ts'
import { message } from './messages.ts'

/** What was handed to Postfix, to users of example.test. */
export type Owed = { readonly id: string; readonly to: readonly string[] }

const messages = 300
/** ms between two messages of a client that only waits for what happens to be over. */
const idle = 20

/** Four clients hand Postfix messages for one to three users each; a quarter of the way, something happens, and they go on until it is over. */
export async function loadWhile(
  smtp: number,
  users: readonly string[],
  label: string,
  disturb: () => Promise<unknown>,
): Promise<readonly Owed[]> {
  const owed: Owed[] = []
  let disturbed: Promise<unknown> | undefined
  let over = false
  const work = async (): Promise<void> => {
    const client = await MailClient.open(smtp, 'EHLO')
    while (owed.length < messages || !over) {
      if (owed.length >= messages) await pause(idle)
      const n = owed.length
      const id = `${label}.${n}`
      const to = [0, 1, 2].slice(0, 1 + (n % 3)).map(i => users[(n + i) % users.length]!)
      owed.push({ id, to })
      if (n === messages / 4) disturbed = disturb().finally(() => (over = true))
      await client.submit({ from: 'x@sender.test', to: to.map(user => `${user}@example.test`), message: mail(id) })
    }
    await client.quit()
  }
  await Promise.all([work(), work(), work(), work()])
  await disturbed
  return owed
}

function mail(id: string): Buffer {
  return message(id, 'A line as long as lines in mail usually are, and then a few more words.\r\n'.repeat(300))
}
