import {
  decodePersistentReserveOutList,
  decodeRegisterAndMoveList,
  listFieldPointer,
  PERSISTENT_RESERVE_OUT_LIST,
  PERSISTENT_RESERVE_OUT_LIST_LENGTH,
  REGISTER_AND_MOVE_LIST,
  type PersistentReserveOutFields,
  type PersistentReserveOutList,
} from '../../cdb/persistent-reserve-out-list.ts';
import {
  PERSISTENT_RESERVE_OUT_10,
  type PersistentReserveOut,
} from '../../cdb/persistent-reserve-out.ts';
import { isReservationType, LU_SCOPE } from '../../cdb/reservation-type.ts';
import { decodeLayout } from '../../layout.ts';
import { andThen, type MaybePromise } from '../../maybe-promise.ts';
import { INVALID_FIELD_IN_PARAMETER_LIST, PARAMETER_LIST_LENGTH_ERROR } from '../../sense/codes.ts';
import type { FieldPointer } from '../../sense/sense-data.ts';
import {
  invalidField,
  reservedListByte,
  type CommandSet,
  type Context,
  type ReservedListByte,
} from '../command.ts';
import { changeReservations } from '../reservation-change.ts';
import { alsoRegistered, newHolder } from '../reservation-parties.ts';
import { check, type Result } from '../result.ts';

/** Most bytes of a parameter list: the TransportIDs of some 250 initiator ports. */
const MAX_LIST_LENGTH = 65_536;

/** Bytes 16 to 19, 22 and 23 are obsolete, but for REGISTER AND MOVE. */
const RESERVED: readonly ReservedListByte[] = [[20, 0xf2], 21];
const RESERVED_TO_MOVE: readonly ReservedListByte[] = [16, [17, 0xfc]];

/** PERSISTENT RESERVE OUT (SPC). */
export const persistentReserveOut: CommandSet<PersistentReserveOut> = {
  'PERSISTENT RESERVE OUT, REGISTER': {
    specs: [PERSISTENT_RESERVE_OUT_10.REGISTER],
    reservation: 'persistent',
    passesAccessState: 'standby',
    run: (request, context) =>
      withLongList(request, context, (list) => register(list, context, list.reservationKey)),
  },
  'PERSISTENT RESERVE OUT, RESERVE': {
    specs: [PERSISTENT_RESERVE_OUT_10.RESERVE],
    reservation: 'persistent',
    passesAccessState: 'standby',
    run(request, context) {
      const { scope, type } = request;
      if (scope !== LU_SCOPE) return invalidField(context, 'scope');
      if (!isReservationType(type)) return invalidField(context, 'type');
      return withList(request, context, ({ reservationKey }) =>
        changeReservations(context, (nexus, it) => it.reserve(nexus, reservationKey, type)),
      );
    },
  },
  'PERSISTENT RESERVE OUT, RELEASE': {
    specs: [PERSISTENT_RESERVE_OUT_10.RELEASE],
    reservation: 'persistent',
    passesAccessState: 'standby',
    run: (request, context) =>
      withList(request, context, ({ reservationKey }) =>
        changeReservations(context, (nexus, it) =>
          it.release(nexus, reservationKey, request.scope, request.type),
        ),
      ),
  },
  'PERSISTENT RESERVE OUT, CLEAR': {
    specs: [PERSISTENT_RESERVE_OUT_10.CLEAR],
    reservation: 'persistent',
    passesAccessState: 'standby',
    run: (request, context) =>
      withList(request, context, ({ reservationKey }) =>
        changeReservations(context, (nexus, it) => it.clear(nexus, reservationKey)),
      ),
  },
  'PERSISTENT RESERVE OUT, PREEMPT': {
    specs: [PERSISTENT_RESERVE_OUT_10.PREEMPT],
    reservation: 'persistent',
    passesAccessState: 'standby',
    run: (request, context) => preempt(request, context, false),
  },
  'PERSISTENT RESERVE OUT, PREEMPT AND ABORT': {
    specs: [PERSISTENT_RESERVE_OUT_10['PREEMPT AND ABORT']],
    reservation: 'persistent',
    preemptsAndAborts: true,
    passesAccessState: 'standby',
    run: (request, context) => preempt(request, context, true),
  },
  'PERSISTENT RESERVE OUT, REGISTER AND IGNORE EXISTING KEY': {
    specs: [PERSISTENT_RESERVE_OUT_10['REGISTER AND IGNORE EXISTING KEY']],
    reservation: 'persistent',
    passesAccessState: 'standby',
    run: (request, context) =>
      withLongList(request, context, (list) =>
        list.specIPt
          ? inList(listFieldPointer(PERSISTENT_RESERVE_OUT_LIST, 'specIPt'))
          : register(list, context, undefined),
      ),
  },
  'PERSISTENT RESERVE OUT, REGISTER AND MOVE': {
    specs: [PERSISTENT_RESERVE_OUT_10['REGISTER AND MOVE']],
    reservation: 'persistent',
    passesAccessState: 'standby',
    run: registerAndMove,
  },
};

/** @param key - RESERVATION KEY; `undefined`: whatever key there is. */
function register(
  list: PersistentReserveOutList,
  context: Context<PersistentReserveOut>,
  key: bigint | undefined,
): MaybePromise<Result> {
  const { aptpl, specIPt, serviceActionReservationKey: newKey } = list;
  if (aptpl && !context.unit.memory.durable)
    return inList(listFieldPointer(PERSISTENT_RESERVE_OUT_LIST, 'aptpl'));
  const parties = alsoRegistered(list, context);
  if ('error' in parties) return inList(parties.error);
  const action = { newKey, aptpl, specIPt, also: parties.nexuses };
  return changeReservations(context, (nexus, it) =>
    it.register(nexus, key === undefined ? action : { ...action, key }),
  );
}

function preempt(
  request: PersistentReserveOut,
  context: Context<PersistentReserveOut>,
  abort: boolean,
): MaybePromise<Result> {
  const { scope, type } = request;
  return withList(request, context, (list) => {
    const { reservationKey: key, serviceActionReservationKey: victim } = list;
    return changeReservations(context, (nexus, it) =>
      it.preempt(nexus, { key, victim, scope, type, abort }),
    );
  });
}

function registerAndMove(
  request: PersistentReserveOut,
  context: Context<PersistentReserveOut>,
): MaybePromise<Result> {
  return withBytes(request, context, MAX_LIST_LENGTH, (bytes) => {
    const list = decodeRegisterAndMoveList(bytes);
    if (list === undefined) return check(PARAMETER_LIST_LENGTH_ERROR);
    const refused = reservedListByte(context, bytes, RESERVED_TO_MOVE);
    if (refused !== undefined) return refused;
    const { reservationKey: key, serviceActionReservationKey: newKey, unreg, aptpl } = list;
    if (aptpl && !context.unit.memory.durable)
      return inList(listFieldPointer(REGISTER_AND_MOVE_LIST, 'aptpl'));
    const parties = newHolder(list, context);
    if ('error' in parties) return inList(parties.error);
    const { nexus: to } = parties;
    return changeReservations(context, (nexus, it) =>
      it.move(nexus, { key, newKey, to, unregister: unreg, aptpl }),
    );
  });
}

/** A parameter list of exactly 24 bytes; SPEC_I_PT means nothing to these service actions. */
function withList(
  request: PersistentReserveOut,
  context: Context<PersistentReserveOut>,
  use: (list: PersistentReserveOutFields) => MaybePromise<Result>,
): MaybePromise<Result> {
  return withBytes(
    request,
    context,
    PERSISTENT_RESERVE_OUT_LIST_LENGTH,
    (bytes) =>
      reservedListByte(context, bytes, RESERVED) ??
      use(decodeLayout(PERSISTENT_RESERVE_OUT_LIST, bytes)),
  );
}

/** A parameter list that may have TransportIDs behind its 24 bytes. */
function withLongList(
  request: PersistentReserveOut,
  context: Context<PersistentReserveOut>,
  use: (list: PersistentReserveOutList) => MaybePromise<Result>,
): MaybePromise<Result> {
  return withBytes(request, context, MAX_LIST_LENGTH, (bytes) => {
    const list = decodePersistentReserveOutList(bytes);
    if (list === undefined) return check(PARAMETER_LIST_LENGTH_ERROR);
    return reservedListByte(context, bytes, RESERVED) ?? use(list);
  });
}

function withBytes(
  { parameterListLength }: PersistentReserveOut,
  context: Context<PersistentReserveOut>,
  longest: number,
  use: (bytes: Uint8Array) => MaybePromise<Result>,
): MaybePromise<Result> {
  if (parameterListLength < PERSISTENT_RESERVE_OUT_LIST_LENGTH || parameterListLength > longest)
    return check(PARAMETER_LIST_LENGTH_ERROR);
  return andThen(context.dataOut(parameterListLength), (bytes) =>
    bytes.length < parameterListLength ? check(PARAMETER_LIST_LENGTH_ERROR) : use(bytes),
  );
}

const inList = (fieldPointer: FieldPointer): Result =>
  check(INVALID_FIELD_IN_PARAMETER_LIST, { fieldPointer });
