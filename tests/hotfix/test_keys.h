// Keys of tests. They sign nothing else.
#pragma once

#include <string>

namespace larder::test {

inline const std::string kPrivateKey =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIOtd7FBnGIPMHvM3k+AJ/1ShUkzZcDVB4w+KWeeQc7LZ\n"
    "-----END PRIVATE KEY-----\n";
inline const std::string kPublicKey =
    "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VwAyEAeA7Fxxi8GRWktiMfDBM6Ft47Swy/7dNwJC5fp3PXl+w=\n"
    "-----END PUBLIC KEY-----\n";
inline const std::string kPublicKeyAsHex =
    "780ec5c718bc1915a4b6231f0c133a16de3b4b0cbfedd370242e5fa773d797ec";
inline const std::string kOtherPrivateKey =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIG42MqTHS2IV9PfUTnLs2Hq7vggSDzHV+lYwTYybasFa\n"
    "-----END PRIVATE KEY-----\n";
inline const std::string kOtherPublicKey =
    "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VwAyEATJzEmlrOrR3YNu+vYd8R1vLUBKN4b5do0A8buEokN6I=\n"
    "-----END PUBLIC KEY-----\n";
inline const std::string kRsaPublicKey =
    "-----BEGIN PUBLIC KEY-----\n"
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDGmOihvUrVurek+aA/vN7qAJPm\n"
    "jwsWzSKwxaBN3kNfvAyVRgstt0TUMFNPd9DCskdTKjdJs60aIW2giuF/d2355XYB\n"
    "UVxNDJ/mP5+eYM0nOfqer/lNPxNPRYfOezbOFoMH5k3edVC5EvTb/+PwnCbDPmf8\n"
    "lF76/TTFWh/5fsSsawIDAQAB\n"
    "-----END PUBLIC KEY-----\n";

}  // namespace larder::test
