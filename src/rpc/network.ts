// What counts as one address for rate limits (I-23): an IPv4 address, or the /64 of an IPv6 address,
// which is the least that a provider gives to one customer.

import { isIPv6 } from "node:net";

/** networkOf answers an IPv4 address as it is, and an IPv6 address without its last 64 bits. */
export function networkOf(host: string): string {
  if (!isIPv6(host)) return host;
  const [address = ""] = host.split("%");
  const [head = "", tail] = address.split("::");
  const left = groupsOf(head);
  // An IPv4 tail stands for two groups, and lies beyond the first four unless nothing was left out.
  const right = tail === undefined ? [] : groupsOf(tail);
  const zeros = Array<string>(Math.max(0, 8 - left.length - right.length)).fill("0");
  const groups = tail === undefined ? left : [...left, ...zeros, ...right];
  const network = groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${network.join(":")}::/64`;
}

function groupsOf(part: string): string[] {
  if (part === "") return [];
  return part.split(":").flatMap((group) => (group.includes(".") ? ["0", "0"] : [group]));
}
