// HOST:PORT, as every command line and configuration has it.

export interface Address {
  /** A name, an IPv4 address, or an IPv6 address without its brackets. */
  readonly host: string;
  /** 0 to 65535. */
  readonly port: number;
}

const ADDRESS = /^(?:\[(?<v6>[^\]]+)\]|(?<host>[^:[\]]+)):(?<port>\d{1,5})$/;

/** readAddress splits HOST:PORT; an IPv6 host stands in brackets. Undefined when it is none. */
export function readAddress(text: string): Address | undefined {
  const { v6, host = v6, port } = ADDRESS.exec(text)?.groups ?? {};
  if (host === undefined || Number(port) > 65_535) return undefined;
  return { host, port: Number(port) };
}
