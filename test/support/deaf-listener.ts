/** A TCP port at which connecting never comes to an end: nobody accepts, and the queue of those who wait is full. */
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { Worker } from 'node:worker_threads'
import type { Endpoint } from '../../src/deliver/endpoint.ts'

/** Listens with the shortest queue and then never runs again. */
const code = `
const { parentPort } = require('node:worker_threads')
const server = require('node:net').createServer()
server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
  parentPort.postMessage(server.address().port)
  setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0))
})`

/** Linux keeps one more than the queue is long, and forgets who comes then. */
const room = 2

export class DeafListener {
  readonly endpoint: Endpoint
  readonly #worker: Worker
  readonly #waiting: readonly Socket[]

  private constructor(port: number, worker: Worker, waiting: readonly Socket[]) {
    this.endpoint = { kind: 'inet', host: '127.0.0.1', port }
    this.#worker = worker
    this.#waiting = waiting
  }

  static async open(): Promise<DeafListener> {
    const worker = new Worker(code, { eval: true })
    const port = await new Promise<number>(resolve => worker.once('message', resolve))
    const waiting = await Promise.all(Array.from({ length: room }, () => connected(port)))
    return new DeafListener(port, worker, waiting)
  }

  async close(): Promise<void> {
    for (const socket of this.#waiting) socket.destroy()
    await this.#worker.terminate()
  }
}

function connected(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => resolve(socket))
    socket.once('error', reject)
  })
}
