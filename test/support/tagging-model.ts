/** A model of a correct next hop that puts each recipient and the message's number into every final reply. */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { replyLines } from './scripted-server.ts'

/**
 * `lives`: how many replies each connection gives before it closes, in the order in which they are made; then all live on. `goesAhead`: it says 354 even
 * where nobody was accepted.
 */
export type World = {
  readonly pipelining: boolean
  readonly chunking: boolean
  readonly goesAhead: boolean
  readonly pieces: number
  readonly lives: readonly number[]
}

export type Stored = { readonly path: string; readonly id: string }

/** A correct next hop. An address carries its fate: `r7_250_552_550@x`, and that of a sender: `s3_250@x`. */
export class TaggingModel {
  readonly stored: Stored[] = []
  readonly faults: string[] = []
  readonly #world: World
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #connections = 0

  constructor(world: World) {
    this.#world = world
    this.#server = createServer({ noDelay: true }, socket => this.#serve(socket))
  }

  async listen(): Promise<number> {
    await new Promise<void>(resolve => this.#server.listen(0, '127.0.0.1', resolve))
    return (this.#server.address() as AddressInfo).port
  }

  close(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #serve(socket: Socket): void {
    let life = this.#world.lives[this.#connections++] ?? Infinity
    this.#sockets.add(socket)
    socket.on('error', () => socket.destroy())
    let input = ''
    let accepted: string[] | undefined
    let message: 'none' | 'DATA' | 'for nobody' | number = 'none'
    let out = ''
    const say = (reply: string) => {
      if (life > 0) out += `${reply}\r\n`
      life -= 1
    }
    const finish = (text: string) => {
      const id = /^Id: (.*)\r\n/.exec(text)?.[1] ?? 'cut short'
      if (!text.endsWith('the end\r\n')) this.faults.push(`message ${id} is not whole`)
      for (const path of accepted ?? []) {
        // Before it answers: where the connection ends here, the client cannot know.
        if (codeOf(path, 'final') < 300) this.stored.push({ path, id })
        say(`${codeOf(path, 'final')} ${path} ${id}`)
      }
      accepted = undefined
      message = 'none'
    }
    const command = (line: string) => {
      const path = /<(.*)>/.exec(line)?.[1] ?? ''
      if (line.startsWith('LHLO')) {
        const { pipelining, chunking } = this.#world
        out += replyLines('250', ['model', ...(pipelining ? ['PIPELINING'] : []), ...(chunking ? ['CHUNKING'] : [])])
      } else if (line.startsWith('MAIL')) {
        if (accepted !== undefined) this.faults.push('MAIL within a transaction')
        const code = mailCodeOf(path)
        if (code < 300) accepted = []
        say(`${code} ${path}`)
      } else if (line.startsWith('RCPT')) {
        const code = accepted === undefined ? 503 : codeOf(path, 'rcpt')
        if (code < 300) accepted?.push(path)
        say(`${code} ${path}`)
      } else if (line === 'RSET') {
        accepted = undefined
        say('250 2.0.0 ok')
      } else if (line === 'DATA') {
        const { pipelining, goesAhead } = this.#world
        const isForNobody = (accepted ?? []).length === 0
        // Where its refusal could not be known.
        if (isForNobody && !pipelining) this.faults.push('DATA for nobody')
        if (!isForNobody) message = 'DATA'
        else if (goesAhead) message = 'for nobody'
        say(isForNobody && !goesAhead ? '503 5.5.1 nobody' : '354 go')
      } else if (line.startsWith('BDAT')) {
        if ((accepted ?? []).length === 0) this.faults.push('BDAT for nobody')
        message = Number(line.split(' ')[1])
      } else if (line === 'QUIT') life = 0
      else this.faults.push(`what is ${line}`)
    }
    const step = (): boolean => {
      if (life <= 0) return false
      if (message === 'for nobody') {
        if (input !== '') this.faults.push(`for nobody: ${input}`)
        input = ''
        return false
      }
      if (typeof message === 'number') {
        if (input.length < message) return false
        const text = input.slice(0, message)
        input = input.slice(message)
        finish(text)
        return true
      }
      const mark = message === 'DATA' ? '\r\n.\r\n' : '\r\n'
      const end = input.indexOf(mark)
      if (end < 0) return false
      const text = input.slice(0, end)
      input = input.slice(end + mark.length)
      if (message === 'DATA') finish(`${text}\r\n`.replace(/(^|\n)\./g, '$1'))
      else command(text)
      return true
    }
    socket.write('220 model\r\n')
    socket.on('data', bytes => {
      input += bytes.toString('latin1')
      while (step())
        if (!this.#world.pipelining && out !== '' && input !== '' && message === 'none') this.faults.push('pipelined')
      void this.#send(socket, out, life <= 0)
      out = ''
    })
  }

  async #send(socket: Socket, out: string, isLast: boolean): Promise<void> {
    for (let at = 0; at < out.length && this.#world.pieces > 0; at += this.#world.pieces) {
      socket.write(out.slice(at, at + this.#world.pieces))
      await new Promise<void>(resolve => setImmediate(resolve))
    }
    if (this.#world.pieces === 0 && out !== '') socket.write(out)
    if (isLast) socket.end()
  }
}

export function mailCodeOf(sender: string): number {
  return Number(/_(\d+)@/.exec(sender)?.[1])
}

export function codeOf(path: string, stage: 'rcpt' | 'final'): number {
  const [, rcpt, final, folder] = /_(\d+)_(\d+)_(\d+)/.exec(path) ?? []
  return Number(stage === 'final' ? final : path.includes('+') ? folder : rcpt)
}
