"""The audit trail, and the keys of requests that are not to be done twice.

Written by aerich, then by hand: it knows no checks, defaults of the database or names of foreign keys.
"""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True


async def upgrade(db: BaseDBAsyncClient) -> str:
    return """
        CREATE TABLE "audit_entries" (
    "id" UUID NOT NULL PRIMARY KEY DEFAULT uuid_generate_v7(),
    "created_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
    "team_id" UUID,
    "user_id" UUID NOT NULL,
    "user_email" TEXT NOT NULL,
    "token_id" UUID,
    "token_name" TEXT,
    "token_prefix" TEXT,
    "action" TEXT NOT NULL,
    "subject_type" TEXT NOT NULL,
    "subject_id" UUID,
    "subject_name" TEXT NOT NULL,
    "workspace_id" UUID,
    "details" JSONB NOT NULL DEFAULT '{}',
    CONSTRAINT "whole_token" CHECK ((token_id IS NULL) = (token_name IS NULL) AND (token_id IS NULL) = (token_prefix IS NULL))
);
CREATE INDEX "audit_entries_team_id_created_at_id_index" ON "audit_entries" ("team_id", "created_at", "id");
CREATE INDEX "audit_entries_user_id_created_at_id_index" ON "audit_entries" ("user_id", "created_at", "id");
CREATE INDEX "audit_entries_subject_id_created_at_index" ON "audit_entries" ("subject_id", "created_at");
CREATE INDEX "audit_entries_created_at_index" ON "audit_entries" ("created_at");
CREATE TABLE "idempotency_keys" (
    "id" UUID NOT NULL PRIMARY KEY DEFAULT uuid_generate_v7(),
    "created_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
    "key" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "request_hash" TEXT NOT NULL,
    "answer" JSONB NOT NULL DEFAULT '{}',
    "user_id" UUID NOT NULL CONSTRAINT "idempotency_keys_user_id_fkey" REFERENCES "users" ("id") ON DELETE CASCADE,
    CONSTRAINT "valid_key_length" CHECK (char_length(key) BETWEEN 1 AND 200)
);
CREATE UNIQUE INDEX "idempotency_keys_user_id_key_index" ON "idempotency_keys" ("user_id", "key");
CREATE INDEX "idempotency_keys_created_at_index" ON "idempotency_keys" ("created_at");"""


async def downgrade(db: BaseDBAsyncClient) -> str:
    return """
        DROP TABLE "idempotency_keys", "audit_entries";"""


MODELS_STATE = (
    "eJztXVtz3DaW/isovcSu6lHZinNZe2urZFueaGNLKVueTE08xYZIdDdHbIIh2Wor2fz3xQ"
    "HvJMgm2DeSOi+JReIA7O/gdu5/ntw98D/46bln3/A75p68JH+euHTJxD/KrybkhHpe+gL+"
    "DumtI5tSzzZCaBXIZrdB6FMzFG9m1AmYeGSxwPRtL7Q5jHFyTmTrl8QOA/Lpp/O/nX33/Y"
    "SEC0Zmth+ExGFhyPyA8JlsETDTZ+GEUNeSjZZctAkXNBRvyZI+EIufwsAWN8XItjvf0xhf"
    "3C/uZUh8Rs0FE5QuIyGjy1fRv6AtJauA+SSw5y6ziO2SGffJk+kUmk2n5Eo0fJrSU8eR9O"
    "k3AG30Bcy1xPuZ+EDR5XphO0z+wJVr/75iAuo5E9/oi5/5228n0ZcbCxosTv79b9HKdi32"
    "lQXw9s+Tmc0cS/77BLo3bOsE2rCvns+CQPBDvoNHCd8zZhoxhSF7lBx/8GSbE9mF4LL846"
    "8JKQwEP0pvoJhi40BA7t0ZcqzCZBWjiVfyuZHQfv58+fadbAlz49YwubNaullr7yFccDdt"
    "vlrZ1inQwLs5c5lPQ2blJrG7cpx4xiePIoaIB6G/Yin0VvbAYjO6cmApnPz3bOWasAKIXE"
    "DG/Hfn1OQ+O7Wt4NRla/H7/yf+0hyVYVxd3xifLm4M46SykOCLSvM+fmQKvAVqthsC7H/+"
    "FfWb4SOfnsAAb346//jk2++fSkTEpJ/78qVE7+QvSUhDamTszUAX8w4gMmhYBf+teBPaS6"
    "ZmQJGyxAgrJj1N/tGFIcmDjCPZXpSAm8C3B8BPxA+0rl3nIZ4KDQy4ufxw8enm/MMvMNwy"
    "CH53JH7nNxfw5kw+fSg9fRLxi4ttNtqB007Ir5c3PxH4k/zr+uqizNW03c2/YNme0FXIDZ"
    "evDWrlZm3yNEFNLvCE6/L/FX7fiFWq5nXSvsRlgdYA+drEx4t/3hRYePWP849ydX04/+fT"
    "AhvfX1/9PWme8fDqzfvr13LJZWCLzXNmf9WBO6NAwDsAnj9NNVAvkSH0HaD3uaPYWN4sqH"
    "/hrpYS90vxgdQ1WQX/hLbPwJ9c/3p18fEl4WvxNV/c87cfLq9eEmotbXGv/HDx4TW8XLLl"
    "Lbz9x+XFr/D3vc3WzC/fbmsOnSX9ajjMnYcL8efz7xsYmLDrefkgSRh5Jl8VGSTucrY4Rz"
    "qc90XKHZz38UE1hKXSo+M9waTxfHdoEMLNv8u9rkyLnO4zp312L8SvLnwuUiKX+8zlRBqv"
    "sLhePs6RbCEkD4enG2XgDM1EiaKBZo5klyqHwcIJSpzZnVKjAFBVoX3HfWbP3Z/ZQ+USWA"
    "I00ll+jnsZJqLZ02wN+XSdKr3y80n8dIs5LIxuyuef3py/vTiprP7tEb2Jexnkit8IaG67"
    "UwMKM/aWmndr6ltGYerCG37GS0/SttVXy7Nl+Ql16VyCA78CvjnWvK8sO7xwQ//hRKGWz1"
    "5OmhTz0Mxgop3NWurmf11wYtkWWYM+O+Ty/5FSem2HC1BGm4tItX5KpDJ8Blp00dDlxOdr"
    "0LcTvgod+54FUSfiQeAxegd67qinO8a8ANTstk/gdwVV9f1xPgM0/JG2XsyHWGEvuxJzyG"
    "S+G0D38PqUiGYwer4d2A1MvlxC347tMvkD7BDaBqvb/zAzlMtKtLcDQgn8G1T/QHb+y+Ur"
    "GDppl+tVfvyaCgpTLDzCXbKgVvwzoWuLhdR2gqjXrHEg7mdgfphIwAQU4ic/xGaOOmNCk/"
    "Ugt0iK2tsWiv78LEx1/VkvHUwMuT1wu69JTBxbfU3GtdIHaX1K1kvha/Q+pevgGiOiEQaN"
    "MIO4UI3YCINCHQp1/YaTLcWtRMeEUqTqsyK/txaU5EaqtS3kaHBfUOGpa/AuUnWayMNBc4"
    "/zWN/2XaZD7PWxp/J6rIN6RoGbdhePg5xqQAf2Mh2CvwX4emdmkQpPTTWmuudmmQ4ndIcJ"
    "veb+XeBRk2lO6TIdTuoirrGWtQrp/366vlJDmiMpK1dsMyT/Rxw7CPc1pXOartuV7YS2G5"
    "zCsMfQbgFEzRO9PKdL/IAOXqssh0cxzFxabOnxkLnmw89MZZwpNZg0GGjsrKlxxx5ax0+I"
    "tvmIg28C4jMxOYKQmOJTpMofbAPxQ+mXmJgdBCmzCDxJjA9xq4kgoG6wZr5omphMpC1BPm"
    "SWKsjieB+iDIbIqWVE983xEO1V5WUuobYcteWoLR+Otvwu2oXbXkTj5nj/RPVB/wHPn6w6"
    "sJfpEPwus11eSHSEgowCZYKdyARox0PnzB75Em50zjyKyPpBRhUFC9s7qYqruZeTBlF1mT"
    "ZrLaUmEiF3GATD08h1TiFF1jfcJOWlseZtfNc2iHm5X4gR6SjeoXg3EPFu5VkduV6kRK73"
    "heuKwKb46zFceDDhwkfzUezbIkQnxZ7AicLNWCPPhopoP0PPJOhVQTHhRa2IKLOZtRMOIb"
    "5LnGwBSR0PaoLAVI02hy6hWIZi2SA2ioFe0FEse4xcbyOWYXq4PdufNJygcoaqQobWIm9e"
    "x7Tvfv7IHFpjjK1mgx2kF2DlQlaYuyUVd2eYihr1Yc7hZqRC7nGHzx/E8CGTl5XtELuJ+3"
    "ubdDdW4LKb7FZ4/Zp0M1achKR5b4M3ciwgbgfXp6i3vLQ5FtD2KAZKbUZVDEyUHLViIKgJ"
    "WtsIPdGWu+AjKmM/I+fQO+aFYAh0+Jr5xKQBeyUaeDQIxPqx8l6k/py7Z5M4VQbk3Q6ATu"
    "YIic47Qh3xTmV0PODISitmFOtaNlyi5IqS6yB2pIHKMCi5Pkaut5FctTMWYLKCbXwnUVFw"
    "yDzy+QuMDuoVQoypH5WapqcLo1k4VEXNdQarGq03RshQtaWt2hJSsfMQbKl5SBRb57IzOx"
    "jsZtkMmsU8hz8sGdBsA9fbtJ/RA2Ww+x3CdXE/XsyOrQscImbi8daza7xI7VFp+s6WSJSV"
    "pvLxpEFpOhMNWitNoTEEzdPMM+abQPw0JlrTIAmXXy+Ym/wbKnMQh0PVBkJlSmKBCkyRnE"
    "ozrZK4YF+pxUx7SR2V4vTAoyuVp5V8JTTcUP6wTGEHRraxWLZJQ+5vihCRTDLyPRmqbnST"
    "9kZGNCYWKTMXLtwXIF13q29RklbH//vlVekTUM+MeuZBXNoHqnFEPfNj5HobPbM8qir8bl"
    "LBhRih3znBn/0HM24fQqXQYM8v3bpkdAW6EvR2K1Grb9CL7xX/+9t/nZ19++0PZ8++/f7H"
    "71788MN3Pz77UbSVX1x99UMDv15filtFiQXwoMiA/EVPZ9aX6XD2d6pmGt1MlyykcPeoMq"
    "A+U4WKFnNWNLOoQ84KpRhS3ao4dxh1a+7gNV2UuHUr+tgXm9Inh+XI6+vr9wWOvL4sr4rP"
    "ECj55Llkj2hkhzX7lFoGqzDi3Pfpg5oNtT2U+HDo5QLjHWO5wBb127/7l590QIdC93jGdd"
    "5BdLsQvDH6mk5KcXjl6dWnYLyyBUkRmKcwMtUH6ansW5uVjtcuI9Q0mQdFyGg8UKwFXEDe"
    "lhTCqBCatfJhROIzk/sWuWULMQXkm//wW9AAzpiYdNMpmft8HUR+k4yaC2I61FYkiTnC+J"
    "oV0spzqH1+0QpLiipGzDaKWj3U7/RCv9NGqyeO03CluDo2ZL5PKQ4n5Z6IpitmHWFB7ScT"
    "YxiypacyeNaqePIkh1PwPNvXgoq0O2fPX/zw4sdvv3+RKnXSJ026nKo8JI9HPZ1ZSjIaNA"
    "+sKxMifsAMcVGwxW7U4dRQ0e/g7OinVb/vR4XCFFA9K5jvc99YinuhuPvrHBkVQvTL1T80"
    "ZrZrB4tOF7QSKa6yPq+yONe14Nbtg6beSUGKpXFQpYcqvWNjuyOVXt02sT3GLXPB9XNL2I"
    "iuYl8sACy+g1x9fv/+yErTLJ9Evda0kHNis9q0mPGiTaYzWR1pxh2L+dIbcsZXoIrk5JaB"
    "IjKx3cH0mU7jgHKXk/i5Ki3aDnps5VUZDWFsdq7M5bEr9NFW8ZmBmmbeLnpZ6jlUiuk7sy"
    "0QR40AVIhdvqPch/Y36Kt/86Ojzhd1vqjz7YOIgZ6cj5HrbTw588djhe31upsSGXq2beHZ"
    "JlHTwL5Mh2ozfexTRycPTCi+Kli9sSpulRj9CpuZ1MGvsOIRqMUlNTWyaedsspjHXEtmMl"
    "hST28hlSmRPftgTxKuDY5ES/Evi9aku2xkVUMvyLads60i/1cv5VGAaW3sQYW8zKU4QDXu"
    "Z1SXhrcXby4/nL9/8t3kRcltOmHNi2flYi+JR16nUAMlMS6LnS8LrMiDhq++AouGr+MZvr"
    "BUz35L9WAqmx4laMm2gKpJsLA91JoCiznc2+RrgdwoEKsQaf7isAVZ4zZvrYvNQFE6FIhU"
    "EDukgBtaw18yiUoU65BcmFTZWfY21hf3i3tOfL6OgiWm02gNgOo66mbOXSaG9Ynp2JB8SJ"
    "BaZE3tMJBP4f/x+EFkqxSDLvk9s7pEW+SWI4QKi8nDfIO5wKONZseMgam1sdKHfg6XLLGX"
    "e2/73JVZzNp/iboD/c9IeKI1dEKExsbeXYwmaGx8RGYnNDY+Rq63MTZivuwDmriqV4rqPb"
    "0pJYOSHvMxaORjKN9Uu1iv8rSoTty5OlHuVtG1teMyqekBF4rGQsm2Gp/NxXT2H4yVr1XH"
    "or4H9I7o4h2hFAQ1+FHfwwHDgy12zxzuJSOPgzOpbKx5by5SYrBXf67JVekIjVz7tMWgqe"
    "BQpoI0IXhn80CSc3wkKBdX+bGrdAwbNSzbO6yyHYME7djGzmGCJnMBGeaCuvNtEZNdvZE9"
    "jQkuLeNwLtcGrDVD9KW8wiS4Xrvshov/bERXLt1PaW+DvPCrsW1vS3+9sh3rPZ+/t12VOb"
    "3wetJgUQf9mGWIk8RwRFONjITQPLJwZzv0N4HUt1lE9AfFm90VlCybTonJV2CVnvl8SZ5L"
    "IzZfhWROPXW2wR32rQy2zZ0p0V0x6my7itBN+ZmUEo4iOVM8V7eztu7TyHPA5Ez1tteYWx"
    "UO1MKfEYwpnfzOEo7VbcxNafMSCrRxdVCHdcg6tW2+qccOOfprdGLF0FSQlZO9rSKyQojq"
    "yGZ1pFWoF7qdUlKr9mhP0d2omqzMsB5lOs8xoCpLFLlTK0mUCtG2kyKim5msTShTwoJ3qi"
    "eu7+DPes98cJ+MBIE45Y6AN0umExUznNnzyAlWSAB/MDetfiieJFnL1VLGgcYG593plLmW"
    "kWZuynx/Z7ZLHRJpHsQDmV1ISL/RaAJKQgOo3Djj/ivo9xZiGFkA7sSSRHTExcIiLg8X4p"
    "fB50ajO2wWnsK4SardTFCCYQUOLB5vRm1HjHD7IF/EP08IW3ztErlSJplbMiAjSKbTiEi6"
    "H9dLWWUlVEnWmpDaJqUq49vJZegKi66w6BS5c1dYFMJ3LYRj7vqDS4X2UlMMTwnQP6uba+"
    "/RChIi9uKyWkW93pU3o0AH3mZ2dHHgxaIZuz0+MZ3/MXeXgnSrhX6ZENHvcIspics695kq"
    "KXKgQ07EkPrdROAiJfo399m4IK8iHXicp0MO95nDPvMc26SB0X1B13SBfO8z31N9ti63C4"
    "TI417zGEtOPQo++9xxwChq8JluxakKJRacqkttXLDXtQW4hhxdLcrZIn17PgfTtH7VNAUp"
    "TuJGR5bypKyirevOMt54iUnJp6VmQbfIe5ibptsDPu6CX4olXVPwq+YY3B5gLQetgcJcPf"
    "21y6oVVQWlsIrOwUTlWI6R7CXK2bqr6L7xTNOinv0YEZBDBCrRwmwFVXyOf4z6GtPSO4gr"
    "aTS/mvxJ0xnYwqk0F/3bsvLjQvQq+CWrM9LEs3EiE6LOObfAhVPcFG2gAT9KX+ZspY5DXL"
    "YOIlfKgKS5OvORZYrsrwcZsVXlyGSE5rKRNTe39qUTK5wxFF3qFFMspVOtkxXTX7eLz0t6"
    "0/24KKBVtt0StKynLbDa5gOw3CW63aLbbS/Um23cbos7T2s3iwIVBhB2cXGREOrW1ylSoS"
    "NdM1s6ONKh39cxF4W18qUIZSx1PBlLVJ2cGXsG/K7dGdNrbgXVpjQTeaoxBVkcJN9Ez4KI"
    "ezbB0X44IJjRfrhPdLH4HBpm+6bRnaBh9vAgdzPMHi1xxkBRbs6bocYY61ZqQdyubuVRMp"
    "Pkcz1WTUmlTJC1ZqR8AsqWJqQ3WbaMxDpDM9vMKbkUL6EiHyTb4CYk6RDtbUcSQKFxO5yQ"
    "gEc5NhK5LCBgIKKQ3COy/lTtSIcbdnPVv1p9fx9vQEfNi7gfDT/kXDG6aQIqpKOJGD2ALq"
    "ByJ9XZ+VodQkmq2wMcQX1YF/s4gLY5VH5i1AkXbxbMvFMcKvm3TYfKQrYzTGiokfIqIiOS"
    "DLZ3SKoUu6u8En84D+IvE1I/iRdi5/YZuWNeqE5htUVfmkVft/YXKKC1ra8AWqL7dE6hJb"
    "r+0BqvJTreZ7K12tL6U6Ebk6ViZwageLvUzwpVIURrfwfDplgmnvgCcT6KfUdp3XzncFo7"
    "w6vEJS7MgHqwOhsVG95ef379/oL88vHizeWny9jSn+5X8iU8yuopfrw4f18xvIXU1iqgmF"
    "Gg+b5D2go0x6Fdo09A79aucRSF5U9iLvzCfZXje/pq0iRVcqm58du6up8TaAzCH6gAgTpS"
    "/tkBEafQHXPB/fwl5PdNPdLJk5kteDwh02lyGYMPnU7JlZATnxLuQ/OcLEmemKJj5j6tSq"
    "GHH17pBO/FsHo+D7nYofSd3zeJrylblLLr4xBY5UjwnxcDk1CT6dFSRElnE0omCte0ZIlp"
    "XNPyNCiPdEydGhUK15zKVUKc1IpJnT+IdCZ2mQ6lEJRCenQmohTySKWQMi+qwoiCW7Uyib"
    "KcbBvRJCZ8SdYgE6xpkNUzIU9Ea9tn1tNJ9FZIDE8ireUktmuJN9S1xFseeUAImQDKm7h8"
    "TZ44jAZMKY/sfUwo6HIjhB0IRyHRPhQIycexoj5lYZjozA1O0xoxa98OwQQn+gaTQACxwP"
    "HqiKKB5z5fBzLklzBqLtL6MXEhmFdQzIXfwo9jllGgjEvJgMAUJj9Zlmu59flqvggJveWr"
    "EGpmBiwMIV1dEh0viOGD8i/u7SDqFYyFEUYhMcXM+eKGHD56xsQEUHyv6VB7mciBEikB1L"
    "n0VZGNptNobURVY+Cj5/DFwBXTsSEUNQKeQgw0PIX/Jx8KAdW3IA8u+X1czqdVLHRUucfw"
    "aLholghzdePLfcSa9A3yYWWJGHGXRr6/WC2vG9+b+7pkHEnY+ZvyvWgHZqeWhaKpQftjYi"
    "wKvewv8rk6fvd465VndR41o9Ud1RNLErzYki436iyqg1e60P0GSyy5Lr86otMdLZ4aXQct"
    "kD8SFQ36FKBPwXB9CnIbqybXi5TI9b5wPcEox/ZKsiZdpctWypa+8fXQ2pb8lVgD8xIZQr"
    "+Foks3e0eZDsHvVqJjCPX1LCEii5ucOz/CdW3PlgvVPbq56FueDjXrHdJzZKFz+vXflMSY"
    "waaZSR0y2IBdzlhSzxMfpdif6hlUIUTm7Jw5zL23fe7KVXBPfRvA0mJSbQfIrJ0zS7ziK1"
    "9clBx7aavS5NazSUGKDNo5g/IxQB1OpBryrRg1nBvCXjgSmNQR39OBGVVKXDA7Z48M4y1M"
    "e33NWF0fWMWoPyqxqiZ0iPE/ovWd+D3uWETXnATkcNXdvCkupUKKAmzHuqorrz4Kq9bvUU"
    "GJeSarfo9LtuT+g7GCJKjG8lYDYAUlAlwF2PRWMUYe801l0qe3zLSX1KlRg6noy0d31MFp"
    "3NHwQG8KK7x4c/nh/P2T588mZ3IXyQIIk/3lxbOnyo27kx2xRIqXpD5fkuTVFhzlgqATs1"
    "X0yPE+czz2EvMZDVQpkTYZc3KEeB3Tv46J00UvyXpKgGh3ET+kr3IHGbBKeUAhMAi557Hk"
    "o0bDhfqKYvV57hWkh4u+ej6QG7I4HUBWS33PNQBWkY4m0d3OAC57/etI0QpSBLgeYO0ZrC"
    "JFgMsARyEwHS74BUK82ff5Zm+ufBmb0Ln4Rm0HWL+gVB2C+nO2BdB19IhzEecsSK+KblPu"
    "3iLdaE6DAxfxUcRK6rGhpgPkx5b80D/FS6R4jvf5HI+D9TRZnFEhd/vM3WJEpiaTK8TI6z"
    "7zWgbxG3ztRjV82iofS2So+dXXOUYQsq+eLdjZxa6loMe11ue1JrNq6N1PUxK8kXYt85nk"
    "I9G+rRQocWX1eWUl6QC0K2FWCFG/odTKagNbpkNcSwFhlTwvGuAqiRHhkgY0y6fUWumZkW"
    "BmwTKc3OMOnz8YcfCyAEcT3LoOcOJi6eFjJMfE+qF5bHdUvq28A2+P7U3cy0hhzZ05mxHN"
    "rqvb4zruss2Vi32LgsLVE2oHszfu822+y3FCXnvAt4C+eKPdHnb9NMUDBV0pCrQAPJXPcC"
    "NpBrgsyNZgC/cMdQJoVaihwj3vdUz87uePzKkzRHcoCD+Uc7EuKFNW9d4VXrKU+FhBq5Sq"
    "7QxYqTjuGMESUkLkbpBWYeqOVq7i0xihMhe2k2aT3g6q0R7LpblV54OtD9XHqK+xzq04Ys"
    "tcUHe+7dySXb2RPY0JLrhZ7LeARDLHautH5CbhxvIR+cnfpnpEUv6NBlCEIC1rEDDmQiWC"
    "rCTbdPqSUJlpBgoQ/FmseTQhacMJSQpR/aWqHLHX8aBqxHQ6o7azEgfMdEpMvoKiB/kS7k"
    "FUwAEaycIPYhCfr6FQnunTYCHJoLwCWBXjtvGHyjgYQUPnFMhmIYMCCoSJCdtQLkFyVLtS"
    "XtK8bUL2hO31hfMwN/t+d45OWmfMzf54snRjbvbHyHWF/wTmZj9qfH1yDLaMHkzbY01HVe"
    "qdY2ae7hu4R8jcNYB06yMCHBMG9oAHhdrtRQY0pLUtUPUjiyqMN5osqi639O4wcXsMXehQ"
    "XiZWcGjcYvIko/Fl390tJtL8aOCZo0A4K7k6IkVZBym2SIlO//0RWqu6CpDHHzrwOE+HHO"
    "4zh3sVTj4k2WNojO6cpmSX+UkGxGANb/Ia405bgGvIEeZm3/IybFXI9+/R2FOgN3rc1Uy5"
    "zd7RVsEvbju4R+ljV0a6snuqMa73bdynb0LenUPhmVDy9qj3S6h4mLTxSoiag+Gfkng+fi"
    "MN8KIvwv3YoP+K+AzStRPusoBQn5E75oUTEvDIbk/JjDsOXzOfrBecOHQufilZ2kEgmruC"
    "SOWgcMihlQ4DlTgiHtgSmS5OBBnxpNmPoMAmpRdB0hU6EvTuJJygI8EjMim3cSRI132F50"
    "3pLvJUYzJ3HjjphQeZZrnYTvUNRQpS1JCjZbT3gA/RMjoi+PVrdWCRjq32F9TqYCqGgQGL"
    "qRiOl4oB9ZHd0dbSRx5FV3bOfNtcnFS1ZPGLSYN+jGZNNunF6pFV6JFKuiItnUy9L6xqN1"
    "VIhjEbt9PF9N4Ltl7ncs98dY2SNwvqq6HNkYziBiwWy1fDYe48hIVx9t13DYAmFzLRqux+"
    "Fr86i94VbwewpjQQjpuPEN3nz561QFe0qkVXvqt6ditNOfVOljmSw3tYHufOtTNfysrt7J"
    "An2V//D94yeyI="
)
