/** A method in words, with what its owner calls it; anything at all may stand in that. */
export function MethodName({ name, label }: { readonly name: string; readonly label: string }) {
  return (
    <>
      {name}
      {label === "" ? null : (
        <>
          {" "}
          (<bdi>{label}</bdi>)
        </>
      )}
    </>
  );
}
