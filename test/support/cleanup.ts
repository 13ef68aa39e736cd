/** What a test opened is closed after it, also if it failed. */
const tasks: (() => Promise<void> | void)[] = []

/** Remembers what to do when the test is over; the last remembered is done first. */
export function later(task: () => Promise<void> | void): void {
  tasks.push(task)
}

/** For node:test's `afterEach`. */
export async function cleanUp(): Promise<void> {
  for (let task = tasks.pop(); task !== undefined; task = tasks.pop()) await task()
}
