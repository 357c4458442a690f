import type { EventSink } from "../../broker/fan-out.js";
import type { Telemetry } from "../../observe/telemetry.js";
import type { StoredEvent } from "../../log/stored-event.js";
import { formatCursor } from "../../protocol/cursor.js";
import type { DeliveryEncoding } from "./delivery-encoding.js";
import { EncodedBatch } from "./encoded-batch.js";
import type { Outlet } from "./outlet.js";
import { turn, type HandOut } from "./turn.js";

/** What a group has of its broker. */
export interface GroupSource {
  /** The log's incarnation. */
  readonly epoch: string;
  /** Counts what is delivered. */
  readonly telemetry: Telemetry;
}

/** More data than this is not held back for more: a write of it costs what its bytes cost. */
const HURRY_BYTES = 32_768;

/** A live subscription, as its group sees it. */
export interface LiveMember {
  /** The id of its request, as JSON text. */
  readonly id: Buffer;
  readonly outlet: Outlet;
  /** Bytes that its connection may hold. */
  readonly maxBufferedBytes: number;
  /** Whether it is told when the log is out of reach, and when every event is here again. */
  readonly tellsReach: boolean;
  /** Called when its connection holds too much: it has every event up to the position, and must leave. */
  fellBehind(position: number): void;
}

/** A member's place in a group. */
export class Seat {
  readonly member: LiveMember;
  // As the member says: one thing less to look up for each write.
  readonly outlet: Outlet;
  readonly maxBufferedBytes: number;
  /** Everything up to here it had before it joined. */
  readonly joinedAt: number;
  /** Where it is among those of its request id. */
  index: number;
  /** Of the events that its group has handed out, those that it was not given. */
  missed: number;
  /** Whether it was told last that the log is out of reach. */
  isStale = false;
  readonly #group: LiveGroup;

  constructor(group: LiveGroup, member: LiveMember, joinedAt: number, index: number) {
    this.#group = group;
    this.missed = group.handedOut;
    this.member = member;
    this.outlet = member.outlet;
    this.maxBufferedBytes = member.maxBufferedBytes;
    this.joinedAt = joinedAt;
    this.index = index;
  }

  /** How many events it was given. */
  get delivered(): number {
    return this.#group.handedOut - this.missed;
  }

  /** Leaves the group. */
  leave(): void {
    this.#group.leave(this);
  }
}

/**
 * The live subscriptions of one selection in one encoding. They all get the same events at the same
 * time, so these are encoded once; a subscription costs a write, and neither promise nor copy.
 */
export class LiveGroup implements EventSink, HandOut {
  readonly #epoch: string;
  readonly #telemetry: Telemetry;
  readonly #encoding: DeliveryEncoding;
  readonly #onEmpty: (group: LiveGroup) => void;
  /** Seats by request id: those of one id get the same buffer. */
  readonly #seats = new Map<string, Seat[]>();
  #pending: StoredEvent[] = [];
  #pendingBytes = 0;
  #deliveredThrough = 0;
  #size = 0;
  #handedOut = 0;
  #isCurrent = true;

  /**
   * @param source - the broker
   * @param encoding - how events are written
   * @param onEmpty - called when the last member has left
   */
  constructor(
    { epoch, telemetry }: GroupSource,
    encoding: DeliveryEncoding,
    onEmpty: (group: LiveGroup) => void,
  ) {
    this.#epoch = epoch;
    this.#telemetry = telemetry;
    this.#encoding = encoding;
    this.#onEmpty = onEmpty;
  }

  /** How many members it has. */
  get size(): number {
    return this.#size;
  }

  /** How many events it has handed out. */
  get handedOut(): number {
    return this.#handedOut;
  }

  take(event: StoredEvent): void {
    if (this.#pending.length === 0) turn.handOut(this);
    this.#pending.push(event);
    this.#pendingBytes += event.json.byteLength;
    if (this.#pendingBytes > HURRY_BYTES) turn.hurry();
  }

  reached(isCurrent: boolean): void {
    this.#isCurrent = isCurrent;
    // After what came before.
    this.endTurn();
    for (const seats of this.#seats.values()) for (const seat of seats) this.#tellReach(seat);
  }

  /** Adds a member that has every event up to an offset. */
  join(member: LiveMember, joinedAt: number): Seat {
    const key = keyOf(member);
    let seats = this.#seats.get(key);
    if (seats === undefined) {
      seats = [];
      this.#seats.set(key, seats);
    }
    const seat = new Seat(this, member, joinedAt, seats.length);
    seats.push(seat);
    member.outlet.liveMembers++;
    this.#size++;
    this.#tellReach(seat);
    return seat;
  }

  /** Removes a member's seat, once. */
  leave(seat: Seat): void {
    const key = keyOf(seat.member);
    const seats = this.#seats.get(key);
    if (seats === undefined || seats[seat.index] !== seat) return;
    const last = seats.pop() as Seat;
    if (last !== seat) {
      seats[seat.index] = last;
      last.index = seat.index;
    }
    if (seats.length === 0) this.#seats.delete(key);
    seat.member.outlet.liveMembers--;
    if (--this.#size === 0) this.#onEmpty(this);
  }

  /** Hands the turn's events to every member. */
  endTurn(): void {
    const events = this.#pending;
    this.#pending = [];
    this.#pendingBytes = 0;
    const first = events[0];
    const last = events.at(-1);
    if (first === undefined || last === undefined) return;
    const batch = new EncodedBatch(events, this.#epoch, this.#encoding);
    const behind: Seat[] = [];
    let written = 0;
    this.#handedOut += events.length;
    for (const seats of this.#seats.values()) written += this.#writeEqual(events, batch, seats, behind);
    this.#telemetry.delivered(this.#encoding.transport, events, written);
    const reached = this.#deliveredThrough;
    this.#deliveredThrough = last.offset;
    for (const { member, joinedAt } of behind) member.fellBehind(Math.max(reached, joinedAt));
  }

  /** Tells a member whether the log is within reach, unless it knows. */
  #tellReach(seat: Seat): void {
    const isStale = !this.#isCurrent;
    if (seat.isStale === isStale || !seat.member.tellsReach) return;
    seat.isStale = isStale;
    const cursor = formatCursor(this.#epoch, Math.max(this.#deliveredThrough, seat.joinedAt));
    const mark = { type: isStale ? "stale" : "caughtUp", cursor } as const;
    const bytes = this.#encoding.item(mark, seat.member.id);
    if (bytes !== undefined) seat.outlet.write(bytes);
  }

  /** Writes to members with the same request id; returns how many of them got all of the events. */
  #writeEqual(
    events: readonly StoredEvent[],
    batch: EncodedBatch,
    seats: readonly Seat[],
    behind: Seat[],
  ): number {
    const { id } = (seats[0] as Seat).member;
    const size = batch.sizeFor(id);
    const firstOffset = (events[0] as StoredEvent).offset;
    let shared: Buffer | undefined;
    let isHeld = false;
    let without = 0;
    for (const seat of seats) {
      const { outlet, maxBufferedBytes } = seat;
      if (seat.joinedAt >= firstOffset) {
        without++;
        this.#writeLate(events, seat, behind);
      } else if (outlet.bufferedBytes + size > maxBufferedBytes) {
        without++;
        seat.missed += events.length;
        behind.push(seat);
      } else if (!outlet.deliver((shared ??= batch.bytesFor(id)))) isHeld = true;
    }
    if (!isHeld) batch.release(id);
    return seats.length - without;
  }

  /** Writes to a member that joined in the middle of the turn. */
  #writeLate(events: readonly StoredEvent[], seat: Seat, behind: Seat[]): void {
    const { member, joinedAt } = seat;
    const own = events.filter(({ offset }) => offset > joinedAt);
    seat.missed += events.length - own.length;
    if (own.length === 0) return;
    const bytes = new EncodedBatch(own, this.#epoch, this.#encoding).bytesFor(member.id);
    if (member.outlet.bufferedBytes + bytes.length > member.maxBufferedBytes) {
      seat.missed += own.length;
      behind.push(seat);
    } else {
      member.outlet.write(bytes);
      this.#telemetry.delivered(this.#encoding.transport, own);
    }
  }
}

function keyOf({ id }: LiveMember): string {
  return id.toString("latin1");
}
