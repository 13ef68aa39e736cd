/** One end of a raw connection in a test: it sends exact octets and takes what comes apart as the test asks. */
import type { Socket } from 'node:net'
import { escaped } from './escapes.ts'
import { patiently } from './turns.ts'

/** Octets are latin1 characters. */
export class Peer {
  readonly #socket: Socket
  readonly #name: string
  #pieces: Buffer[] = []
  #size = 0
  #ended = false
  #wake: (() => void)[] = []
  readonly #activity: () => void

  /** `activity` is called whenever something came or the other side ended. */
  constructor(socket: Socket, name: string, activity: () => void = () => undefined) {
    this.#socket = socket
    this.#name = name
    this.#activity = activity
    socket.setNoDelay(true)
    socket.on('data', piece => {
      this.#pieces.push(piece)
      this.#size += piece.length
      this.#stir()
    })
    socket.on('end', () => this.#end())
    socket.on('close', () => this.#end())
    socket.on('error', () => this.#end())
  }

  /** The other side closed or reset. There may still be something unread. */
  get ended(): boolean {
    return this.#ended
  }

  get closed(): boolean {
    return this.#socket.destroyed
  }

  /** What came and was not asked for yet. */
  get unread(): string {
    return this.#buffer().toString('latin1')
  }

  get unreadSize(): number {
    return this.#size
  }

  send(octets: string | Uint8Array): void {
    if (this.#socket.writable) this.#socket.write(typeof octets === 'string' ? Buffer.from(octets, 'latin1') : octets)
  }

  /** Each octet in a write of its own, with a turn of the event loop between them. */
  async sendSlowly(octets: string): Promise<void> {
    for (const octet of octets) {
      this.send(octet)
      await new Promise<void>(resolve => setImmediate(resolve))
    }
  }

  /** The next line without its CRLF. Rejects if it does not come, or the other side ends first. */
  async line(): Promise<string> {
    const end = await this.#wanted('a line', () => this.#indexOf('\r\n'))
    return this.#take(end + 2).slice(0, -2)
  }

  hasLine(): boolean {
    return this.#indexOf('\r\n') >= 0
  }

  async octets(count: number): Promise<string> {
    await this.#wanted(`${count} octets`, () => (this.#size >= count ? count : -1))
    return this.#take(count)
  }

  /** Everything up to `mark`, with it. */
  async until(mark: string): Promise<string> {
    const at = await this.#wanted(escaped(mark), () => this.#indexOf(mark))
    return this.#take(at + mark.length)
  }

  /** Resolves with what was still unread when the other side closed or reset. */
  async end(): Promise<string> {
    await patiently(
      this.#until(() => this.#ended),
      () => this.#missing('the end of the connection'),
    )
    return this.#take(this.#size)
  }

  /** Forgets what came. */
  drop(): void {
    this.#take(this.#size)
  }

  stopReading(): void {
    this.#socket.pause()
  }

  readOn(): void {
    this.#socket.resume()
  }

  /** Half-close: we send no more. */
  finish(): void {
    this.#socket.end()
  }

  close(): void {
    this.#socket.destroy()
  }

  /** RST; where there is no such thing (Unix sockets) a close. */
  reset(): void {
    this.#socket.resetAndDestroy()
  }

  async #wanted(what: string, found: () => number): Promise<number> {
    let at = found()
    const ready = this.#until(() => {
      at = found()
      return at >= 0 || this.#ended
    })
    await patiently(ready, () => this.#missing(what))
    if (at < 0) throw new Error(`${this.#missing(what)}, and the connection has ended`)
    return at
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>(resolve => this.#wake.push(resolve))
  }

  #missing(what: string): string {
    const unread = this.unread
    return `${this.#name}: ${what} did not come; unread: ${unread === '' ? 'nothing' : escaped(unread.slice(0, 500))}`
  }

  #end(): void {
    this.#ended = true
    this.#stir()
  }

  #stir(): void {
    const wake = this.#wake
    this.#wake = []
    for (const task of wake) task()
    this.#activity()
  }

  #indexOf(mark: string): number {
    return this.#size === 0 ? -1 : this.#buffer().indexOf(mark, 0, 'latin1')
  }

  #buffer(): Buffer {
    if (this.#pieces.length > 1) this.#pieces = [Buffer.concat(this.#pieces)]
    return this.#pieces[0] ?? Buffer.alloc(0)
  }

  #take(count: number): string {
    const all = this.#buffer()
    this.#pieces = count < all.length ? [all.subarray(count)] : []
    this.#size = all.length - count
    return all.toString('latin1', 0, count)
  }
}
