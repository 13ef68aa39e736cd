/** What every measurement finds ready, and what it gives back. */
import type { Site } from '../real/support/site.ts'
import type { Client } from './clients/client.ts'
import type { Row } from './row.ts'
import type { Servers } from './servers/servers.ts'

/** `runs` count; each takes about `seconds`. `progress` is told what is being done. */
export type Bench = {
  readonly site: Site
  readonly servers: Servers
  readonly client: Client
  readonly runs: number
  readonly seconds: number
  readonly progress: (line: string) => void
}

/** `name` is what `--only` looks into. `quick`: it takes part in the two minutes' version. */
export type Measurement = {
  readonly name: string
  readonly quick: boolean
  run(bench: Bench): Promise<readonly Row[]>
}
