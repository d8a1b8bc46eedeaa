// Promises that a consumer may leave behind: a rejection that nobody waits for must not end the process.

/** deferred is Promise.withResolvers with a rejection that nobody needs to handle. */
export function deferred<T>(): PromiseWithResolvers<T> {
  const resolvers = Promise.withResolvers<T>();
  resolvers.promise.catch(ignore);
  return resolvers;
}

/** rejected is Promise.reject with a rejection that nobody needs to handle. */
export function rejected(error: Error): Promise<never> {
  const promise = Promise.reject(error);
  promise.catch(ignore);
  return promise;
}

function ignore(): void {}
