/** Makes zip archives for tests, as odd as they are wanted. */

/**
 * `data` as it lies in the archive: packed already, if `method` is not 0. `unpacked`: its size, as the directory says; 0 without. `local`: where its own
 * header says something else. `behind`: octets between it and what follows, which belong to nothing.
 */
export type ZipMember = {
  readonly name: string
  readonly data: Buffer
  readonly method?: number
  readonly unpacked?: number
  readonly flags?: number
  readonly behind?: Buffer
  readonly local?: { readonly method?: number; readonly packed?: number }
}

export function zipFile(members: readonly ZipMember[]): Buffer {
  const files: Buffer[] = []
  const directory: Buffer[] = []
  let at = 0
  for (const {
    name,
    data,
    method = 0,
    unpacked = 0,
    flags = 0,
    local: own = {},
    behind = Buffer.alloc(0),
  } of members) {
    const local = Buffer.alloc(30)
    local.write('PK\x03\x04', 'latin1')
    local.writeUInt16LE(flags, 6)
    local.writeUInt16LE(own.method ?? method, 8)
    local.writeUInt32LE(own.packed ?? data.length, 18)
    local.writeUInt16LE(name.length, 26)
    const central = Buffer.alloc(46)
    central.write('PK\x01\x02', 'latin1')
    central.writeUInt16LE(flags, 8)
    central.writeUInt16LE(method, 10)
    central.writeUInt32LE(data.length, 20)
    central.writeUInt32LE(unpacked, 24)
    central.writeUInt16LE(name.length, 28)
    central.writeUInt32LE(at, 42)
    files.push(local, Buffer.from(name, 'latin1'), data, behind)
    directory.push(central, Buffer.from(name, 'latin1'))
    at += 30 + name.length + data.length + behind.length
  }
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt16LE(members.length & 0xffff, 8)
  end.writeUInt16LE(members.length & 0xffff, 10)
  end.writeUInt32LE(Buffer.concat(directory).length, 12)
  end.writeUInt32LE(at, 16)
  return Buffer.concat([...files, ...directory, end])
}

/** A message that is nothing but this file. */
export function attached(file: Buffer, name = 'a.zip'): Buffer {
  const lines = file.toString('base64').replace(/.{76}/g, '$&\r\n')
  const header = `Content-Type: application/octet-stream; name=${name}\r\nContent-Transfer-Encoding: base64\r\n\r\n`
  return Buffer.from(`${header}${lines}\r\n`, 'latin1')
}
