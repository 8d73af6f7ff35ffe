declare module "fxa-common-password-list" {
  const list: {
    /** Whether a password is among the million most common ones of eight characters or more. */
    test(password: string): boolean;
  };
  export default list;
}
