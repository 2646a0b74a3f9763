// node:diagnostics_channel: channels by name, on which one part of an app tells the others
// what it does. Who publishes costs nothing while nobody listens.
type Name = string | symbol;
type Listener = (message: unknown, name: Name) => unknown;
type Transform = (message: unknown) => unknown;
type Fn = (...args: any[]) => any;
/** An AsyncLocalStorage. */
type Store = { run(value: unknown, fn: () => unknown): unknown };

const channels = new Map<Name, Channel>();

/** An error of a listener is the app's, but not that of who publishes. */
function apart(fn: () => unknown): void {
  try {
    fn();
  } catch (error) {
    queueMicrotask(() => reportError(error));
  }
}

function mustBeFunction(fn: unknown, name: string): void {
  if (typeof fn === "function") return;
  throw Object.assign(new TypeError(`The "${name}" argument must be of type function`), { code: "ERR_INVALID_ARG_TYPE" });
}

class Channel {
  readonly name: Name;
  #listeners: readonly Listener[] = []; // another array with each change, so that one that is gone through stays
  readonly #stores = new Map<Store, Transform | undefined>();

  constructor(name: Name) {
    this.name = name;
  }

  get hasSubscribers(): boolean {
    return this.#listeners.length > 0 || this.#stores.size > 0;
  }

  subscribe(listener: Listener): void {
    mustBeFunction(listener, "subscription");
    this.#listeners = [...this.#listeners, listener];
  }

  unsubscribe(listener: Listener): boolean {
    const at = this.#listeners.indexOf(listener);
    if (at >= 0) this.#listeners = this.#listeners.toSpliced(at, 1);
    return at >= 0;
  }

  publish(message: unknown): void {
    for (const listener of this.#listeners) apart(() => listener(message, this.name));
  }

  bindStore(store: Store, transform?: Transform): void {
    this.#stores.set(store, transform);
  }

  unbindStore(store: Store): boolean {
    return this.#stores.delete(store);
  }

  /** Publishes the data and calls fn, both with the stores set to what is made of the data. */
  runStores(data: unknown, fn: Fn, self?: unknown, ...args: unknown[]): unknown {
    let run = (): unknown => {
      this.publish(data);
      return Reflect.apply(fn, self, args);
    };
    for (const [store, transform] of this.#stores) {
      const inner = run;
      run = () => {
        let value = data;
        let failed = false;
        if (transform !== undefined) {
          apart(() => {
            failed = true;
            value = transform(data);
            failed = false;
          });
        }
        return failed ? inner() : store.run(value, inner);
      };
    }
    return run();
  }
}

function channel(name: Name): Channel {
  if (typeof name !== "string" && typeof name !== "symbol") {
    throw Object.assign(new TypeError('The "channel" argument must be of type string or symbol'), { code: "ERR_INVALID_ARG_TYPE" });
  }
  let found = channels.get(name);
  if (found === undefined) channels.set(name, (found = new Channel(name)));
  return found;
}

const events = ["start", "end", "asyncStart", "asyncEnd", "error"] as const;
type Event = (typeof events)[number];
type Context = Record<string, unknown>;

/** The five channels of one thing that is done: its call, what comes later, and its failure. */
class TracingChannel {
  declare readonly start: Channel;
  declare readonly end: Channel;
  declare readonly asyncStart: Channel;
  declare readonly asyncEnd: Channel;
  declare readonly error: Channel;

  constructor(named: string | Record<Event, Channel>) {
    for (const event of events) {
      Object.defineProperty(this, event, { value: typeof named === "string" ? channel(`tracing:${named}:${event}`) : named[event], enumerable: true });
    }
  }

  get hasSubscribers(): boolean {
    return events.some((event) => this[event].hasSubscribers);
  }

  subscribe(handlers: Partial<Record<Event, Listener>>): void {
    for (const event of events) if (handlers[event]) this[event].subscribe(handlers[event]);
  }

  unsubscribe(handlers: Partial<Record<Event, Listener>>): boolean {
    let done = true;
    for (const event of events) if (handlers[event] && !this[event].unsubscribe(handlers[event])) done = false;
    return done;
  }

  traceSync(fn: Fn, context: Context = {}, self?: unknown, ...args: unknown[]): unknown {
    if (!this.hasSubscribers) return Reflect.apply(fn, self, args);
    return this.start.runStores(context, () => {
      try {
        return (context.result = Reflect.apply(fn, self, args));
      } catch (error) {
        throw this.#failed(context, error);
      } finally {
        this.end.publish(context);
      }
    });
  }

  tracePromise(fn: Fn, context: Context = {}, self?: unknown, ...args: unknown[]): unknown {
    if (!this.hasSubscribers) return Reflect.apply(fn, self, args);
    const settled = (): void => {
      this.asyncStart.publish(context);
      this.asyncEnd.publish(context);
    };
    return this.start.runStores(context, () => {
      try {
        return Promise.resolve(Reflect.apply(fn, self, args)).then(
          (result) => {
            context.result = result;
            settled();
            return result;
          },
          (error) => {
            this.#failed(context, error);
            settled();
            throw error;
          },
        );
      } catch (error) {
        throw this.#failed(context, error);
      } finally {
        this.end.publish(context);
      }
    });
  }

  traceCallback(fn: Fn, position = -1, context: Context = {}, self?: unknown, ...args: unknown[]): unknown {
    if (!this.hasSubscribers) return Reflect.apply(fn, self, args);
    const { asyncStart, asyncEnd } = this;
    const callback = args.at(position);
    mustBeFunction(callback, "callback");
    const failed = (error: unknown): unknown => this.#failed(context, error);
    args[position < 0 ? args.length + position : position] = function (this: unknown, ...given: unknown[]) {
      if (given[0]) failed(given[0]);
      else context.result = given[1];
      return asyncStart.runStores(context, () => {
        try {
          return Reflect.apply(callback as Fn, this, given);
        } finally {
          asyncEnd.publish(context);
        }
      });
    };
    return this.start.runStores(context, () => {
      try {
        return Reflect.apply(fn, self, args);
      } catch (error) {
        throw this.#failed(context, error);
      } finally {
        this.end.publish(context);
      }
    });
  }

  #failed(context: Context, error: unknown): unknown {
    context.error = error;
    this.error.publish(context);
    return error;
  }
}

export default {
  Channel,
  channel,
  hasSubscribers: (name: Name): boolean => channels.get(name)?.hasSubscribers ?? false,
  subscribe: (name: Name, listener: Listener): void => channel(name).subscribe(listener),
  unsubscribe: (name: Name, listener: Listener): boolean => channel(name).unsubscribe(listener),
  tracingChannel: (named: string | Record<Event, Channel>): TracingChannel => new TracingChannel(named),
};
