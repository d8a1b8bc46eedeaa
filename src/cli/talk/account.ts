// The account itself: its devices (DEVICE-007), and the way back to it (RECOVERY-004).

import { hexOf } from "../../client/bytes.ts";
import { listDevices, registerDevice, revokeDevice } from "../../client/devices.ts";
import type { Messenger } from "../../client/messenger.ts";
import { setUpRecovery } from "../../client/recovery.ts";
import { oldBundles } from "../../client/store/recovery-bundles.ts";
import { UsageError } from "../../server/options.ts";
import type { Talk } from "./talk.ts";

/** devices lists them, makes this store one of them, or takes one away. It throws UsageError. */
export async function devices(
  talk: Pick<Talk, "messenger" | "print">,
  action: string,
  operand: string | undefined,
): Promise<void> {
  const { session } = talk.messenger;
  switch (action) {
    case "list": {
      const known = await listDevices(session);
      for (const { deviceId, name, registeredAt, isOwn } of known) {
        const since = new Date(registeredAt).toISOString().slice(0, 10);
        talk.print(`${hexOf(deviceId)} ${name} since ${since}${isOwn ? " (this one)" : ""}`);
      }
      if (known.length === 0) talk.print("no devices");
      return;
    }
    case "add": {
      const deviceId = await registerDevice(session, demand(operand, "add NAME"));
      return talk.print(`this is device ${hexOf(deviceId)}`);
    }
    case "rm": {
      const deviceId = await deviceCalled(talk, demand(operand, "rm ID"));
      await revokeDevice(session, deviceId);
      return talk.print(`device ${hexOf(deviceId)} is gone, with its sessions`);
    }
    default:
      throw new UsageError("devices takes list, add NAME or rm ID");
  }
}

/** setUp makes new recovery codes; `password` is that of the account. */
export async function setUp(
  { messenger, print }: Pick<Talk, "print"> & { readonly messenger: Pick<Messenger, "session"> },
  password: string,
) {
  const { session } = messenger;
  const codes = await setUpRecovery(session, password);
  print("recovery codes, each of which opens this account; keep them on paper:");
  for (const code of codes) print(`  ${code}`);
  const left = (await session.database.read(oldBundles())).length;
  print(
    left === 0
      ? "codes from before open nothing any more"
      : `! codes from before may open it still: ${left} could not be deleted; the next setup does so`,
  );
}

/** The beginning of an ID will do. */
async function deviceCalled(
  { messenger }: Pick<Talk, "messenger">,
  id: string,
): Promise<Uint8Array> {
  const known = await listDevices(messenger.session);
  const [device, ...others] = known.filter(({ deviceId }) =>
    hexOf(deviceId).startsWith(id.toLowerCase()),
  );
  if (device && others.length === 0) return device.deviceId;
  throw new UsageError(device ? `several devices begin with ${id}` : `there is no device ${id}`);
}

function demand(operand: string | undefined, usage: string): string {
  if (operand) return operand;
  throw new UsageError(`usage: devices ${usage}`);
}
