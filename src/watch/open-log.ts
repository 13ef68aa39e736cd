/** Opens the log that the configuration asks for. */
import { fstatSync } from 'node:fs'
import { hostname } from 'node:os'
import type { Clock } from '../clock.ts'
import type { Config } from '../config/config.ts'
import { jsonLog } from './json-log.ts'
import type { Log } from './log.ts'
import { Output } from './output.ts'
import { syslogHead, textLog } from './text-log.ts'

const fd = 1

export function standardOutput(clock: Clock): Output {
  return new Output(fd, clock)
}

/** `hasHead`: lines of text begin with time, host and program. */
export function openLog(format: Config['log']['format'], clock: Clock, output: Output, hasHead: boolean): Log {
  switch (format) {
    case 'json':
      return jsonLog(output, clock, hostname(), process.pid)
    case 'text':
      return textLog(output, hasHead ? syslogHead(clock, hostname(), process.pid) : () => '')
  }
}

/** journald puts time, host and program in front of each line itself. It names its stream as device and inode (systemd.exec(5)). */
export function goesToJournal(): boolean {
  const { dev, ino } = fstatSync(fd)
  return process.env['JOURNAL_STREAM'] === `${dev}:${ino}`
}
