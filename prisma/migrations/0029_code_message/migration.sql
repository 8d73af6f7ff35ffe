-- A provider that reports a code as failed names its message: the code is found by it, whoever else waits for one.
CREATE INDEX "Code_messageId_idx" ON "Code"("messageId");
