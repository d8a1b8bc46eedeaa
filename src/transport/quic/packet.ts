// The part of a long header that every version of QUIC shares (RFC 8999 section 5.1).

export interface LongHeader {
  readonly version: number;
  readonly destinationId: Buffer;
  readonly sourceId: Buffer;
}

/** A datagram that opens a connection is at least this long (RFC 9000 section 14.1). */
export const MIN_INITIAL_BYTES = 1200;

/** RFC 9000 section 7.2: shorter than this, a client's first destination id is not valid. */
export const MIN_INITIAL_ID_BYTES = 8;

/** hasLongHeader reads the header form bit. */
export function hasLongHeader(datagram: Buffer): boolean {
  return ((datagram[0] ?? 0) & 0x80) !== 0;
}

/** isInitial reads the packet type of version 1 (RFC 9000 section 17.2). */
export function isInitial(datagram: Buffer): boolean {
  return ((datagram[0] ?? 0) & 0xf0) === 0xc0;
}

/** readLongHeader answers undefined when the datagram ends before its header does. */
export function readLongHeader(datagram: Buffer): LongHeader | undefined {
  const destinationLength = datagram[5];
  if (destinationLength === undefined) return undefined;
  const sourceLengthAt = 6 + destinationLength;
  const sourceLength = datagram[sourceLengthAt];
  if (sourceLength === undefined) return undefined;
  const end = sourceLengthAt + 1 + sourceLength;
  if (datagram.length < end) return undefined;
  return {
    version: datagram.readUInt32BE(1),
    destinationId: datagram.subarray(6, sourceLengthAt),
    sourceId: datagram.subarray(sourceLengthAt + 1, end),
  };
}
