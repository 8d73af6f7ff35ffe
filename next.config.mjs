/** @type {import('next').NextConfig} */
export default {
  poweredByHeader: false,
  compress: false, // the door (server.ts) compresses, after it has taken the framework's scripts out
  generateEtags: false, // nothing but built files may be kept by anybody
  experimental: { preloadEntriesOnStart: false }, // a page is loaded when it is first asked for: 25 MB less when idle
  reactStrictMode: true,
  images: { unoptimized: true },
  devIndicators: false,
  typescript: { ignoreBuildErrors: true }, // `npm test` checks types; a start must not wait for them
};
