extension Interface {
    /// The text of `org.varlink.service`, the interface that every Varlink service has (varlink.org/Service).
    public static let standardDescription = """
        # What every Varlink service says of itself and of the interfaces it implements.
        interface org.varlink.service

        # The service, and the interfaces it has.
        method GetInfo() -> (
          vendor: string,
          product: string,
          version: string,
          url: string,
          interfaces: []string
        )

        # The text of one of the interfaces.
        method GetInterfaceDescription(interface: string) -> (description: string)

        # The service has no such interface.
        error InterfaceNotFound(interface: string)

        # The interface has no such method.
        error MethodNotFound(method: string)

        # The interface has the method, but this service does not implement it.
        error MethodNotImplemented(method: string)

        # A parameter is missing, unknown, of the wrong type or without meaning.
        error InvalidParameter(parameter: string)

        # The caller may not do this.
        error PermissionDenied()

        # The method answers more than once: call it with 'more'.
        error ExpectedMore()

        """
}
