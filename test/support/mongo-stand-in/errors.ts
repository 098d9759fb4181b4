const NAMES = new Map([
  [2, 'BadValue'],
  [6, 'HostUnreachable'],
  [7, 'HostNotFound'],
  [9, 'FailedToParse'],
  [11, 'UserNotFound'],
  [13, 'Unauthorized'],
  [14, 'TypeMismatch'],
  [15, 'Overflow'],
  [16, 'InvalidLength'],
  [20, 'IllegalOperation'],
  [26, 'NamespaceNotFound'],
  [27, 'IndexNotFound'],
  [28, 'PathNotViable'],
  [34, 'CannotBackfillArray'],
  [40, 'ConflictingUpdateOperators'],
  [43, 'CursorNotFound'],
  [48, 'NamespaceExists'],
  [50, 'MaxTimeMSExpired'],
  [52, 'DollarPrefixedFieldName'],
  [55, 'InvalidDBRef'],
  [56, 'EmptyFieldName'],
  [59, 'CommandNotFound'],
  [61, 'ShardKeyNotFound'],
  [63, 'StaleShardVersion'],
  [64, 'WriteConcernFailed'],
  [66, 'ImmutableField'],
  [67, 'CannotCreateIndex'],
  [72, 'InvalidOptions'],
  [73, 'InvalidNamespace'],
  [76, 'NoReplicationEnabled'],
  [85, 'IndexOptionsConflict'],
  [86, 'IndexKeySpecsConflict'],
  [89, 'NetworkTimeout'],
  [91, 'ShutdownInProgress'],
  [94, 'NotYetInitialized'],
  [100, 'UnsatisfiableWriteConcern'],
  [112, 'WriteConflict'],
  [133, 'FailedToSatisfyReadPreference'],
  [136, 'CappedPositionLost'],
  [150, 'StaleEpoch'],
  [171, 'CannotIndexParallelArrays'],
  [189, 'PrimarySteppedDown'],
  [225, 'TransactionTooOld'],
  [234, 'RetryChangeStream'],
  [237, 'CursorKilled'],
  [251, 'NoSuchTransaction'],
  [256, 'TransactionCommitted'],
  [260, 'InvalidResumeToken'],
  [262, 'ExceededTimeLimit'],
  [280, 'ChangeStreamFatalError'],
  [286, 'ChangeStreamHistoryLost'],
  [9001, 'SocketException'],
  [10107, 'NotMaster'],
  [10334, 'BSONObjectTooLarge'],
  [11000, 'DuplicateKey'],
  [11600, 'InterruptedAtShutdown'],
  [11602, 'InterruptedDueToReplStateChange'],
  [13388, 'StaleConfig'],
  [13435, 'NotMasterNoSlaveOk'],
  [13436, 'NotMasterOrSecondary'],
]);

/** Codes that newer servers name otherwise. */
const NEWER_NAMES = new Map([
  [10107, 'NotWritablePrimary'],
  [13435, 'NotPrimaryNoSecondaryOk'],
  [13436, 'NotPrimaryOrSecondary'],
]);

/** The server's name of a code; codes without one are named by their place. */
export const codeName = (code: number, newer = false): string =>
  (newer ? NEWER_NAMES.get(code) : undefined) ?? NAMES.get(code) ?? `Location${code}`;

/** What the server answers instead of a result. `more` are further fields of the error, such as keyValue. */
export class ServerError extends Error {
  constructor(
    readonly code: number,
    message: string,
    readonly labels: readonly string[] = [],
    readonly more: Record<string, unknown> = {},
    readonly codeName?: string,
  ) {
    super(message);
    this.name = 'ServerError';
  }
}
