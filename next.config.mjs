/** @type {import('next').NextConfig} */
export default {
  poweredByHeader: false,
  compress: false, // the door (server.ts) compresses, after it has taken the framework's scripts out
  reactStrictMode: true,
  images: { unoptimized: true },
  devIndicators: false,
  typescript: { ignoreBuildErrors: true }, // `npm test` checks types; a start must not wait for them
};
