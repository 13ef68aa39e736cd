/**
 * Looks for what is irregular in sixteen octets at a time, which JavaScript cannot: a WebAssembly module of one function, written out by the names of its
 * instructions (WebAssembly Core Specification 2.0, §5.3 to §5.5).
 */

export const CR = 13
export const LF = 10
export const DOT = 46
/** Octets that are looked at together. */
export const step = 16
/** Octets of the window. */
const room = 4096
/** Octets that are read from a client in one go, at most. */
const readSize = 131_072
const page = 65_536

/**
 * Sees only what lies in its own memory: what is read from a client into `readBuffer` does already, and what comes from elsewhere is brought into `window`.
 * `scan` gives how many octets of `octets` are regular from its first on, in steps; `dot`: which octet must not begin a line.
 */
export type Scanner = {
  readonly window: Uint8Array
  readonly readBuffer: Buffer
  readonly scan: (octets: Uint8Array, dot: number) => number
}

/** Where there is no scanner. */
export const plainReadBuffer = () => Buffer.alloc(readSize)

const i32 = 0x7f
const v128 = 0x7b
const locals = { at: 0, end: 1, dot: 2, now: 3, before: 4 }
const get = (name: keyof typeof locals) => [0x20, locals[name]]
const set = (name: keyof typeof locals) => [0x21, locals[name]]
/** Below 64, so that it is one octet. */
const number = (value: number) => [0x41, value]
const vector = (instruction: number) => [0xfd, instruction]
const plus = [0x6a]
const minus = [0x6b]
const isAbove = [0x4b]
const load = [...vector(0x00), 0, 0]
const everywhere = vector(0x0f)
const equals = vector(0x23)
const and = vector(0x4e)
const or = vector(0x50)
const xor = vector(0x51)
const isAnySet = vector(0x53)
const block = [0x02, 0x40]
const loop = [0x03, 0x40]
const end = [0x0b]
const again = [0x0c, 0]
const leaveIf = [0x0d, 1]

/** The first `at`, in steps, behind which something is irregular, or that is above `end`. */
const scanning = [
  ...[block, loop, get('at'), get('end'), isAbove, leaveIf],
  ...[get('at'), load, set('now')],
  ...[get('at'), number(1), minus, load, set('before')],
  // LF without CR before it, or CR without LF behind it
  ...[get('now'), number(LF), everywhere, equals, get('before'), number(CR), everywhere, equals, xor],
  // the dot behind LF
  ...[get('now'), get('dot'), everywhere, equals, get('before'), number(LF), everywhere, equals, and],
  ...[or, isAnySet, leaveIf],
  ...[get('at'), number(step), plus, set('at'), again, end, end],
  ...[get('at'), end],
].flat()

/** Fewer than 128, so that their number is one octet. */
const counted = (bytes: readonly number[]) => [bytes.length, ...bytes]
const name = (text: string) => counted([...Buffer.from(text)])
const section = (id: number, content: readonly number[]) => [id, ...counted([1, ...content])]
const module = [
  ...[0, ...Buffer.from('asm'), 1, 0, 0, 0],
  ...section(1, [0x60, ...counted([i32, i32, i32]), ...counted([i32])]),
  ...section(3, [0]),
  ...section(5, [0, 1 + readSize / page]),
  ...[7, ...counted([2, ...name('memory'), 2, 0, ...name('scan'), 0, 0])],
  ...section(10, counted([1, 2, v128, ...scanning])),
]

/** What is used of it; Node's types know it from a browser's alone. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: unknown }
}

type Exports = {
  readonly memory: { readonly buffer: ArrayBuffer }
  readonly scan: (at: number, end: number, dot: number) => number
}

/** Undefined where Node cannot have it: on processors without vectors, with `--jitless`, where address space is short (`ulimit -v`). */
export function makeScanner(): Scanner | undefined {
  try {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(module)))
    const { memory, scan } = exports as Exports
    return {
      // The octet before what is scanned is looked at, too: before the window, and before the read buffer, it is 0.
      window: new Uint8Array(memory.buffer, step, room),
      readBuffer: Buffer.from(memory.buffer, page, readSize),
      scan: ({ byteOffset, length }, dot) => scan(byteOffset, byteOffset + length - step, dot) - byteOffset,
    }
  } catch {
    return undefined
  }
}
