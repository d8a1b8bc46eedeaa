// From a payload to a request message [framing.undecodable-payload]. The Protobuf library trusts that a
// known field has the wire type of its declaration, that a field ends where the message ends that holds
// it, and that an unknown varint ends at all. What breaks one of these is refused before it decodes.

import {
  type DescField,
  type DescMessage,
  fromBinary,
  type Message,
  ScalarType,
} from "@bufbuild/protobuf";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { SessionTrailerSchema } from "../gen/qpc/v1/common_pb.ts";
import { type Method, needsSession } from "../registry/methods.ts";
import { Status } from "../registry/statuses.ts";
import { RpcError } from "./error.ts";

/**
 * decodeRequest decodes the payload of a request, and looks at its session trailer where the method
 * asks for one (I-13). It throws BadRequest when the payload is no such message.
 */
export function decodeRequest(method: Method, payload: Uint8Array): Message {
  const trailer = needsSession(method) ? SessionTrailerSchema : undefined;
  try {
    return decodeStrictly(method.input, payload, trailer);
  } catch {
    throw new RpcError(Status.BadRequest, "framing.undecodable-payload");
  }
}

/** decodeStrictly decodes a message; `also` is one that is read out of the same bytes. It may throw. */
export function decodeStrictly<D extends DescMessage>(
  desc: D,
  payload: Uint8Array,
  also?: DescMessage,
) {
  const others = also ? slotsOf(also) : [];
  walk(new BinaryReader(payload), payload.length, slotsOf(desc), others);
  return fromBinary(desc, payload);
}

/** Slot is what may stand under a field number. */
interface Slot {
  readonly wireType: WireType;
  /** True for repeated numbers: they come one by one or as packed runs. */
  readonly packable: boolean;
  readonly inner: DescMessage | undefined;
}

type Slots = readonly (Slot | undefined)[];

const MOST_VARINT_BYTES = 10;

/** walk reads fields up to `end`, which the last one must reach exactly. */
function walk(reader: BinaryReader, end: number, slots: Slots, others: Slots = []): void {
  while (reader.pos < end) {
    const [number, wireType] = reader.tag();
    const slot = slots[number] ?? others[number];
    const isPacked = slot?.packable && wireType === WireType.LengthDelimited;
    demandThat(slot === undefined || slot.wireType === wireType || isPacked === true);
    if (slot?.inner) {
      const length = reader.uint32();
      walk(reader, reader.pos + length, slotsOf(slot.inner));
      continue;
    }
    const start = reader.pos;
    reader.skip(wireType, number);
    demandThat(wireType !== WireType.Varint || reader.pos - start <= MOST_VARINT_BYTES);
  }
  demandThat(reader.pos === end);
}

const known = new Map<DescMessage, Slots>();

function slotsOf(desc: DescMessage): Slots {
  const made = known.get(desc);
  if (made) return made;
  const slots: (Slot | undefined)[] = [];
  for (const field of desc.fields) slots[field.number] = slotOf(field);
  known.set(desc, slots);
  return slots;
}

function slotOf(field: DescField): Slot {
  const isNumber =
    field.message === undefined &&
    field.scalar !== ScalarType.BYTES &&
    field.scalar !== ScalarType.STRING;
  return {
    // The protocol has no fixed-width numbers and no floats.
    wireType: isNumber ? WireType.Varint : WireType.LengthDelimited,
    packable: isNumber && field.fieldKind === "list",
    inner: field.message,
  };
}

function demandThat(holds: boolean): asserts holds {
  if (!holds) throw new Error("malformed");
}
