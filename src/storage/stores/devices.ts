// What the device family asks of storage. Spec: services/device.md, sessions.md; C-68, C-103, I-04.

/** Device is one registered device of an account. */
export interface Device {
  /** 16 bytes, chosen by the client. */
  readonly deviceId: Uint8Array;
  readonly name: string;
  /** When the device was registered first. */
  readonly registeredAt: number;
}

/** PushToken is what a push platform knows a device by; the number is that of the wire. */
export interface PushToken {
  readonly platform: number;
  readonly token: Uint8Array;
}

/**
 * Registration is the outcome of registering: `bound-elsewhere` when the session is bound to another
 * device, `too-many` when the account has no room for one more, `session-ended` when it is over.
 * Nothing is stored unless it is `registered`.
 */
export type Registration = "registered" | "bound-elsewhere" | "too-many" | "session-ended";

export interface DeviceStore {
  /**
   * register adds a device to the account of a session, or renames a known one, and binds the session
   * to it. It keeps at most `cap` devices per account.
   */
  register(
    tokenHash: Uint8Array,
    device: Pick<Device, "deviceId" | "name">,
    cap: number,
    now: number,
  ): Promise<Registration>;
  /**
   * bind ties a session to a registered device of its account, once and for good: a session that is
   * bound already, or a device that is not registered, is left as it is. It answers the device that
   * the session is bound to from now on, or none (empty).
   */
  bind(tokenHash: Uint8Array, deviceId: Uint8Array): Promise<Uint8Array>;
  /** list answers the devices of an account, the oldest first. */
  list(identityKey: Uint8Array): Promise<readonly Device[]>;
  /**
   * revoke removes a device with its cursors and its push token and ends the sessions that are bound
   * to it; inboxes that waited for it alone let go of their messages. False when it is not registered.
   */
  revoke(identityKey: Uint8Array, deviceId: Uint8Array): Promise<boolean>;
  /** setPushToken replaces the token of a device, or forgets it; false when the device is not registered. */
  setPushToken(
    identityKey: Uint8Array,
    deviceId: Uint8Array,
    token: PushToken | undefined,
  ): Promise<boolean>;
  /** pushToken answers the token of a device; undefined when there is none. */
  pushToken(identityKey: Uint8Array, deviceId: Uint8Array): Promise<PushToken | undefined>;
}
