import { writeFileSync } from "node:fs";
import { isIP } from "node:net";
import { join } from "node:path";
import { generate, type SelfsignedOptions } from "selfsigned";

const OPTIONS: SelfsignedOptions = {
  keyType: "ec",
  algorithm: "sha256",
  // From yesterday on, as clocks differ.
  notBeforeDate: new Date(Date.now() - 86_400_000),
};

/** A certificate and its key, as files. */
export interface Certified {
  readonly certFile: string;
  readonly keyFile: string;
}

/** Signs certificates; made in a test, and trusted by who is given its file. */
export interface CertificateAuthority {
  readonly caFile: string;
  /**
   * Certifies somebody.
   *
   * @param host - the name or IP address that the certificate is for
   */
  certify(name: string, host?: string): Promise<Certified>;
}

/** Makes one, whose files lie in a folder. */
export async function makeCertificateAuthority(
  folder: string,
  authority: string,
): Promise<CertificateAuthority> {
  const write = (name: string, text: string): string => {
    const file = join(folder, `${authority}-${name}.pem`);
    writeFileSync(file, text);
    return file;
  };
  const { cert, private: key } = await generate([{ name: "commonName", value: authority }], {
    ...OPTIONS,
    extensions: [{ name: "basicConstraints", cA: true, critical: true }],
  });
  return {
    caFile: write("ca", cert),
    async certify(name, host = "127.0.0.1") {
      const pair = await generate([{ name: "commonName", value: name }], {
        ...OPTIONS,
        ca: { key, cert },
        extensions: [
          {
            name: "subjectAltName",
            altNames: [isIP(host) === 0 ? { type: 2, value: host } : { type: 7, ip: host }],
          },
        ],
      });
      return { certFile: write(name, pair.cert), keyFile: write(`${name}-key`, pair.private) };
    },
  };
}
