import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { encodeAccount, encodeOperator, encodeUser, fmtCreds } from "@nats-io/jwt";
import { createAccount, createOperator, createUser } from "@nats-io/nkeys";

const UNLIMITED = {
  conn: -1,
  subs: -1,
  data: -1,
  payload: -1,
  imports: -1,
  exports: -1,
  leaf: -1,
  wildcards: true,
  mem_storage: -1,
  disk_storage: -1,
  streams: -1,
  consumer: -1,
};

/** A user of an operator's account. */
export interface NatsUser {
  readonly publicKey: string;
  /** The path of its `.creds` file. */
  readonly file: string;
}

/** An operator of NATS with an account, as the tool `nsc` makes them. */
export class NatsOperator {
  readonly #operator = createOperator();
  readonly #system = createAccount();
  readonly #account = createAccount();

  /**
   * Lines of a server's configuration that let the account's users in, and nobody else.
   *
   * @param revoked - public key of a user that is let in no more
   */
  async config(revoked?: string): Promise<string> {
    const [system, account] = [this.#system.getPublicKey(), this.#account.getPublicKey()];
    const signed = { signer: this.#operator };
    const operator = await encodeOperator("O", this.#operator, { system_account: system });
    const systemToken = await encodeAccount("SYS", this.#system, {}, signed);
    const token = await encodeAccount(
      "A",
      this.#account,
      {
        limits: UNLIMITED,
        // Revoked is what was made until then; times are whole seconds.
        ...(revoked !== undefined && { revocations: { [revoked]: Math.ceil(Date.now() / 1_000) + 60 } }),
      },
      signed,
    );
    return `operator: ${operator}
system_account: ${system}
resolver: MEMORY
resolver_preload: {
  ${system}: ${systemToken}
  ${account}: ${token}
}`;
  }

  /** Makes a user, whose `.creds` file lies in a folder. */
  async makeUser(folder: string, name: string): Promise<NatsUser> {
    const user = createUser();
    const file = join(folder, `${name}.creds`);
    writeFileSync(file, fmtCreds(await encodeUser(name, user, this.#account), user));
    return { publicKey: user.getPublicKey(), file };
  }
}
