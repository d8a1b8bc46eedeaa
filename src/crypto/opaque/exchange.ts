// What a client needs of OPAQUE, whatever backend provides it: two exchanges of two steps.

/** Registration is one exchange: send `request` (32 bytes), hand the answer to `finish`. */
export interface Registration {
  readonly request: Uint8Array;
  /**
   * finish takes the RegistrationResponse (64 bytes) and makes the record to upload (192 bytes).
   * May be called once. Rejects with OpaqueError when the response is malformed.
   */
  finish(response: Uint8Array): Promise<RegistrationResult>;
}

export interface RegistrationResult {
  readonly upload: Uint8Array;
  /** export_key: 64 bytes that only this password yields again. */
  readonly exportKey: Uint8Array;
  readonly serverPublicKey: Uint8Array;
}

/** Login is one exchange: send `ke1` (96 bytes), hand the answer to `finish`. */
export interface Login {
  readonly ke1: Uint8Array;
  /**
   * finish takes KE2 (320 bytes). May be called once. Rejects with OpaqueError when the password is
   * wrong, the user is unknown, the server used other parameters, or the message is malformed.
   */
  finish(ke2: Uint8Array): Promise<LoginResult>;
}

export interface LoginResult {
  /** KE3: 64 bytes. */
  readonly finalization: Uint8Array;
  readonly sessionKey: Uint8Array;
  readonly exportKey: Uint8Array;
  readonly serverPublicKey: Uint8Array;
}

/** OpaqueClient starts exchanges. Passwords are the UTF-8 bytes of the string, not normalised. */
export interface OpaqueClient {
  startRegistration(password: string): Registration;
  startLogin(password: string): Login;
}
