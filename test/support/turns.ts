/** Waiting for the event loop instead of for time. */

/** Lets what is on its way over loopback arrive: so many rounds of the event loop, whatever they take. */
export async function turns(count = 12): Promise<void> {
  for (let i = 0; i < count; i += 1) await new Promise<void>(resolve => setImmediate(resolve))
}

/** How long a test waits before it fails; what works never waits so long, on whatever machine. */
export const patience = 60_000

/** Settles as `promise` does, or fails with the words that `missing` then gives. */
export async function patiently<T>(promise: Promise<T>, missing: () => string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const tooLong = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(missing())), patience)
  })
  try {
    return await Promise.race([promise, tooLong])
  } finally {
    clearTimeout(timer)
  }
}

/** Looks again and again until it is so, or fails with the words that `missing` gives. */
export async function eventually(isSo: () => boolean, missing: () => string): Promise<void> {
  const giveUp = Date.now() + patience
  while (!isSo()) {
    if (Date.now() > giveUp) throw new Error(missing())
    await new Promise(resolve => setTimeout(resolve, 2))
  }
}
